"""The noise of velocity maps (paper §II-B).

``model`` the covariance of atmosphere and spikes · ``fields`` other stationary fields · ``laws`` of
the noise at points.

Of a scene, from its own points: ``look`` what is known of one · ``cells`` its points on cells ·
``outliers`` drawn in toward their neighbours · ``levels`` of the noise of points and ground ·
``whitening`` noise drawn and taken out · ``scene`` fits it.
"""
