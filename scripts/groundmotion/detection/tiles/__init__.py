"""Scenes too large for memory, searched tile by tile (paper §IV-C).

``tiling`` where tiles lie · ``anchors`` fills that agree across tiles · ``search`` of one tile ·
``finding`` what it says · ``mosaic`` probability from all of them.
"""
