"""Find motion: significance and sources; windows and maps by a network (paper §II-A, III-C).

``shapes`` of simple bowls · ``significance`` of every place and size · ``sources`` what moves,
where and how fast ·
``detector`` rebuilds a trained network · ``calibration`` of its probability · ``windows`` scores
windows, ``maps`` whole maps (``sharing`` what windows have in common) · ``reach`` tells what they
can search · ``looks`` merges passes · ``tiles`` maps too large for memory · ``dense`` where cells
move, by the dense network.
"""
