"""The noise of velocity maps (paper §II-B).

``model`` the covariance of atmosphere and spikes · ``fields`` other stationary fields ·
``laws`` of the noise at points.
"""
