"""The command ``groundmotion``: look into files of points, and search one look, without a workflow.

Many looks, large scenes, baselines and figures are the workflow's work.

``command`` chooses between ``info`` and ``detect`` · ``arguments`` that both share.
"""
