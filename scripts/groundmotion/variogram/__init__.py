"""How velocity varies with distance: empirical variogram, fitted model, intervals (paper §II-B).

The model is nugget + exponential, γ(d) = nugget + a (1 − e^(−b d)), levelling off at the sill
a + nugget; γ is half the mean squared difference. The covariance between different points is
C(d) = a e^(−b d), and at a point it is the sill (equation 1).

``preparation`` takes off what is no noise, ``pairs`` sums over pairs of points, ``model`` is fitted
to them, and ``intervals`` says how well.
``lags`` from metres to kilometres, little moved by moving ground · ``nested`` models of them.
"""
