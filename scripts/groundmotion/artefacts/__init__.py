"""Read and write the workflow's own artefacts: the only access to disk.

Every write is atomic (a finished file appears under its name, or nothing does) and stamped: in the
file's own metadata where the format has a place for it, else in a sidecar ``<name>.stamp.json``.

``provenance`` what a stamp says · ``stamps`` read again · ``arrays``, ``figures``, ``layers``,
``maps``, ``points``, ``tables`` one kind of file each · ``files`` what all of them share.
"""
