"""Reads the table and the inbox, and interprets records as entries and moments."""
