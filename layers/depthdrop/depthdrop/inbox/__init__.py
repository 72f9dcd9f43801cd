"""From files in the bucket to an order."""
