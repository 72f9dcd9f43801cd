"""Writes parts of the docs and the sample events from the code."""
