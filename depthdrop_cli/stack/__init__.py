"""Finds the stack, and protects the files and processes of a local one."""
