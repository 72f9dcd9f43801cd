"""Which stack is meant, where it is, and what it leaves behind."""
