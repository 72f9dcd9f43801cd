"""What the table and the inbox say, as entries and moments."""
