"""Find ground deformation in sparse InSAR velocity maps.

On the floor: ``constants``, ``errors``, ``aliases`` of types, ``names`` that the workflow uses,
``grid``, ``deformation``. The packages follow the data: ``points`` are read, ``variogram`` says how
they vary, ``interpolation`` fills maps, ``patches`` cuts windows; ``noise``, ``simulation`` and
``synthesis`` make scenes and examples; ``training`` fits ``networks``, ``detection`` applies them,
``areas`` outlines what moves; ``limits`` is what any detector can reach, ``scores`` judges and
``plotting`` draws. ``artefacts`` and ``workflow`` serve the scripts, ``cli`` is the command.
"""

__version__ = "0.1.0"
