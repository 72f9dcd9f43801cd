"""Runs of the local stack: drops and their results."""
