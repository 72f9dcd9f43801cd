"""The operator's command `depthdrop`: one module for each command, on the package that the Lambdas run.

stack/ finds the stack and makes its collaborators, reading/ reads its table and says what records mean, terminal/
writes, page/ serves the gallery. No decision of the application is made here a second time.
"""
