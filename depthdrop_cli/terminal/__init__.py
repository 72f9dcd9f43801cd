"""Output of commands, their exit codes and errors."""
