"""What the four functions do: submit, poll, finalize and sweep."""
