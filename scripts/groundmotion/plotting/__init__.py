"""Figures: ``draw_*(ax, data)`` draws into a panel; nothing here computes results or saves.

Work inside :func:`groundmotion.plotting.style.style`, make the figure with
:func:`~groundmotion.plotting.style.new_figure`, save it with
:func:`groundmotion.artefacts.figures.save_figure`. One module a subject, so that a change to one
drawing makes again only the figures that show it.

``style`` is that of all figures; ``maps``, ``furniture`` and ``legends`` are for all maps. On maps:
``velocities``, ``phases``, ``probabilities``, ``significance``, ``looks``, ``outlines``,
``overlays``, ``overviews``, ``closeups``, ``contrasts``. In charts: ``variograms``,
``reliability``, ``scores``, ``speeds``, ``table1``, ``troughs``. As images: ``features`` of a
network. ``preparing`` makes maps small, ``places`` says where to look closely.
"""
