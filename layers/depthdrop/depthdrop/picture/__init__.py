"""Checks and prepares a picture for sending: its content, parts, defects and metadata."""
