"""What the scripts of the rules share: between Snakemake, the library and the files.

``job`` runs a script's function · ``configuration`` is checked, its studies for ``consistency`` ·
``examples`` are drawn and written, their ``windows`` read · ``training`` writes ``models``, which
are read again · ``filling`` of the map of a look · ``sources`` of a scene of any size ·
``detectors`` of whole scenes by name · ``overviews`` of a scene that figures show · ``nation``
scenes that no memory holds.
"""
