"""Answers added up: the only thing that figures are made from."""
