"""What a drop is, by name alone."""
