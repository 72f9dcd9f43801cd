"""The one table: the claim, drops, files, slots, the budget, the circuit and parking."""
