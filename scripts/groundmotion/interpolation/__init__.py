"""Fill sparse velocity maps: the paper's methods (§III-A) and better ones.

``filler`` is any method with all it needs, ``settings`` the numbers. The methods:
``matrix_completion`` is Algorithm 1 (``diffusion``, ``diffusion_torch`` and ``cosines`` its fast
form), ``delaunay`` interpolates linearly (``triangulation``), ``convolution`` does without a
covariance and ``kriging`` with one (``torus``, ``kriging_variance``; ``kriging_models`` compares
covariances). ``median`` removes spikes, ``tiled`` fills maps too large for one go, ``batches`` many
at once.
"""
