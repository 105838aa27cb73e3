"""Is it there? Every place and size against the noise of the scene at its own points.

``templates`` of motion of every size, and what points can tell of them · ``scan`` of one look ·
``looks`` together · ``null`` what noise alone gives: its spread and its false areas · ``unrest``
where the noise is wilder than the scene's.
"""
