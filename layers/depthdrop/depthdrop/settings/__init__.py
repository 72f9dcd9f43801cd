"""The settings of an edit, and the models with their prices."""
