"""Find ground deformation in sparse InSAR velocity maps.

The modules follow the data: points → grid → variogram, synthesis → interpolation → wrapping →
patches → networks, training → detection → areas → metrics.
"""

__version__ = "0.1.0"
