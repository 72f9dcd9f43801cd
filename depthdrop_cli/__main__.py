"""`python -m depthdrop_cli`: see `depthdrop_cli.app`."""

from depthdrop_cli.app import main

main()
