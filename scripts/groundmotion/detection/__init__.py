"""Score windows and whole maps with a trained network (paper §II-A, III-C, IV-C).

``detector`` rebuilds a trained network · ``calibration`` of its probability · ``windows`` scores
windows, ``maps`` whole maps (``sharing`` what windows have in common) · ``looks`` merges passes ·
``tiles`` maps too large for memory · ``dense`` where cells move, by the dense network.
"""
