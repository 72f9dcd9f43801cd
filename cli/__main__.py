"""`python -m cli`: see `cli.app`."""

from cli.app import main

main()
