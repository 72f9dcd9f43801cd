"""Signs the emulator's SNS messages as SNS does, under an authority of its own: a webhook can be tried here."""
