"""Figures of merit.

``metrics`` of decisions and probabilities · ``reliability`` bin by bin · ``recall`` by size and
rate · ``repetitions`` of one experiment, averaged · ``table1`` rows of several runs together ·
``trials`` what many simulated trials say of a detector.
"""
