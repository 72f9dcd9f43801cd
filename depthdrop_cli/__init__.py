"""The operator's command `depthdrop`: one module for each command, built on the package that the Lambdas run.

stack/ finds the stack and makes its collaborators, reading/ reads and interprets its table, terminal/ writes
output, page/ serves the gallery. The application's own code makes all decisions; none is implemented here again.
"""
