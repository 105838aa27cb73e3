"""What moves, where exactly, and how fast.

``atoms`` simple bowls, fitted to the points of all looks · ``fitting`` one of them · ``pursuit``
takes sources off one after the other until noise is left · ``outlines`` of what the atoms make
together · ``settings`` of the search · ``windows`` of an extent · ``scene`` its noise · ``search``
from points to atoms.
"""
