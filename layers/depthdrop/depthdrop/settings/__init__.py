"""What may be asked, of which model, at which price."""
