"""A nation: points and maps of any size, on disk, window by window and tile by tile.

``coast`` of simulated scenes · ``points`` sorted into a file for each tile · ``windows`` of points,
read or simulated · ``tiles`` what was found in them · ``searching`` one batch · ``mosaic`` the
whole map.
"""
