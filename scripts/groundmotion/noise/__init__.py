"""The noise of velocity maps (paper §II-B).

``model`` the covariance of atmosphere and spikes · ``fields`` other stationary fields · ``laws`` of
trials · ``cells`` points of a look on cells · ``outliers`` drawn in toward their neighbours ·
``whitening`` noise drawn and taken out · ``scene`` the noise of a look, from its own points.
"""
