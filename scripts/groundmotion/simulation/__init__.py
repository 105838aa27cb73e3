"""Simulated scenes with known truth.

``lattice`` random numbers tied to places · ``coastline`` where land is · ``country`` where points
are · ``sources`` what moves · ``disturbances`` what only looks like it · ``scene`` the points of a
look · ``truth`` where it moves · ``trials`` many small scenes, each a draw of its own.
"""
