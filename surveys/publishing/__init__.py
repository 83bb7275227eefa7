"""Figures frozen for everyone, with how they were made."""
