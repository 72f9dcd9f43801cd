"""One function of it, apart from the others."""
