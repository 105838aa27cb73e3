"""Scenes too large for memory, searched tile by tile (paper §IV-C).

``tiling`` where tiles lie · ``search`` what is found in one · ``mosaic`` probability from what was
found · ``regions`` areas, however many tiles they cross.
"""
