"""What a command writes and how it ends."""
