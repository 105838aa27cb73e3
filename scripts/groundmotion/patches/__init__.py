"""Windows of a map (paper §II-A, III-C).

``lattice`` where windows lie and how their scores merge · ``wrapping`` over-wrapped images ·
``views`` the probabilities of all views of a window, combined · ``examples`` labelled windows.
"""
