"""Runs over the local stack: what is dropped, and the results."""
