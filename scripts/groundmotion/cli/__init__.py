"""The command ``groundmotion``: look into files of points, and search them, without a workflow.

Large scenes, baselines and figures are the workflow's work.

``command`` chooses between ``info`` and ``detect`` · ``arguments`` and ``configuration`` of both ·
``looks`` that were given, and their grid · ``sources`` that stand out of the noise · ``model``, a
network, if one is given · ``telling`` a reader what came out · ``visibility`` of motion by size.
"""
