"""What is written for docs and tests, from the code itself."""
