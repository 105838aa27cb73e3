"""Fill sparse velocity maps: the paper's methods (§III-A) and better ones.

``fills`` every fill by its name · ``settings`` their numbers · ``matrix_completion`` Algorithm 1
(``diffusion``, ``cosines``: its fast form) · ``delaunay`` (``triangulation``) · ``convolution``
without a covariance · ``kriging`` with one (``torus``, ``kriging_variance``, ``kriging_models``) ·
``median`` removes spikes · ``tiled`` maps too large for one go · ``batches`` many at once.
"""
