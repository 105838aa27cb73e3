"""Read measured points, whatever the format: EGMS, CSV, GeoParquet, shapefile, GeoTIFF, LiCSBAS.

``reading`` reads one file or the files of one look; ``schema`` says what a point is and which
columns it has; ``csvfile``, ``vectorfile``, ``rasterfile`` and ``archive`` know one kind of file
each; ``naming`` understands file names, ``projection`` coordinates; ``merging`` joins and thins,
``partition`` sorts points into tiles; ``sampling`` tells how densely they lie.
"""
