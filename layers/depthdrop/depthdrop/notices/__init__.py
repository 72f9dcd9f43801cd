"""Events for owners, and their publishing."""
