"""From maps to areas (paper §IV-C).

``labelling`` joins pixels that touch · ``polygons`` of high probability and what their points do ·
``sources`` that stand out of the noise, as polygons · ``probabilities`` inside of them ·
``thresholds`` and ``clustering`` the baselines · ``matching`` with the truth · ``trials`` the same
in simulated trials · ``regions`` areas, however many tiles they cross.
"""
