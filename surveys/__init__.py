"""Surveys and their database: forms, places, waves, answers kept exactly once, figures."""
