"""The whole stack on this machine: emulator, upstream, deployed template."""
