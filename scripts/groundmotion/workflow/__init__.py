"""What the scripts of the rules share: between Snakemake, the library and the files.

``job`` runs a script's function · ``configuration`` is checked · ``examples`` and ``models`` are
read and written · ``nation`` scenes that no memory holds.
"""
