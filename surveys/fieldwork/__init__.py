"""Waves, and the answers that come in while they are open."""
