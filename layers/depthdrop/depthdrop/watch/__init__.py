"""How long a task takes, and who watches it."""
