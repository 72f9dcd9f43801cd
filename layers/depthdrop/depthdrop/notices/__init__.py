"""What is published to owners, and how."""
