"""Train networks on labelled windows.

``settings`` the numbers of a run · ``images`` what a network is shown · ``fitting`` the loop ·
``checkpoints`` to go on from · ``starts`` weights to start from · ``dense`` the loop of the dense
network.
"""
