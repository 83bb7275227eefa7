"""Measurements, run by hand: figures come as ratios of one run on one machine."""
