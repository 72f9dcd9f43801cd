"""The operator's command `depthdrop`: one module for each command, on the package that the Lambdas run.

stacks finds the stack and makes its collaborators, records reads its table, entries and timeline say what records
mean (pure), output writes. No decision of the application is made here a second time.
"""
