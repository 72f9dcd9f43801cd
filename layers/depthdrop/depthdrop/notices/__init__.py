"""What owners are told, and how."""
