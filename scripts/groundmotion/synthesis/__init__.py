"""Synthetic labelled examples for training and testing (paper §III-B).

An example is X = D + T, deformation and atmosphere, seen at a sampling pattern and with spikes.
Each follows from its own seed and can be drawn again by itself.

``sources`` what moves · ``masks`` where points are · ``law`` and ``examples`` one example ·
``observations`` many of them, as they are stored · ``second_looks`` the other pass · ``shifts``,
``shifting``, ``disturbed`` changes of the law · ``backgrounds`` real ones · ``filling`` their
maps · ``interpolation_maps`` and ``settlements`` small maps to compare fills on · ``volcanoes``
interferograms · ``choosing`` one to show · ``dense`` examples of where the ground moves, and
``dense_sources`` what moves in them.
"""
