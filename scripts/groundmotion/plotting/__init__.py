"""Figures: ``draw_*(ax, data)`` draws into a panel; nothing here computes results or saves.

Work inside :func:`groundmotion.plotting.style.style`, make the figure with
:func:`~groundmotion.plotting.style.new_figure`, save it with
:func:`groundmotion.artefacts.layers.save_figure`. ``preparing`` makes maps small enough to draw.
"""
