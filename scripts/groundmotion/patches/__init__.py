"""Windows of a map (paper §II-A, III-C).

``lattice`` where windows lie and how their scores merge · ``wrapping`` over-wrapped images ·
``views`` what is said of all views of a window, put together · ``examples`` labelled windows.
"""
