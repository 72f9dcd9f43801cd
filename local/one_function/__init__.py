"""One function of the local stack, apart from the others."""
