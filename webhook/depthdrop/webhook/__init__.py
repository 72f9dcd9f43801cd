"""`depthdrop.webhook`, the name of `depthdrop_webhook` in version 0.1: the same modules under both names."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import depthdrop_webhook
from depthdrop_webhook import *  # noqa: F403  # for type checkers; at run time the next lines decide

for _module in iter_modules(depthdrop_webhook.__path__):
    sys.modules[f"{__name__}.{_module.name}"] = import_module(f"depthdrop_webhook.{_module.name}")
sys.modules[__name__] = depthdrop_webhook
