"""From maps to areas (paper §IV-C).

``labelling`` joins pixels that touch · ``polygons`` of high probability and what their points do ·
``sources`` what moves, about its size, and ``probability`` within · ``dense`` regions that move one
way · ``thresholds`` and ``clustering`` the baselines · ``matching`` with the truth · ``trials`` the
same in simulated trials · ``regions`` areas, however many tiles they cross.
"""
