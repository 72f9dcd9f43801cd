"""Runs over it: what is dropped, and what came of it."""
