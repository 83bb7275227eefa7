"""Sums, weights and targets put together: the offices' figures."""
