"""What may be sent: a picture's content, its parts, its defects and its metadata."""
