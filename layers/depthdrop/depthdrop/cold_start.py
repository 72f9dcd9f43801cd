"""Each function's first import: looking for garbage among imports, which stay, took a seventh of a cold start."""

import gc
import sys
from importlib.util import LazyLoader, find_spec, module_from_spec

gc.disable()


def later(name: str) -> None:
    """Have this module run when something of it is first asked for: for what most invocations do without."""
    found = find_spec(name)
    if name in sys.modules or found is None or found.loader is None:
        return
    found.loader = LazyLoader(found.loader)
    sys.modules[name] = module = module_from_spec(found)
    found.loader.exec_module(module)
    parent, _, child = name.rpartition(".")
    setattr(sys.modules[parent], child, module)


def finish() -> None:
    """Freeze what is imported by now and turn garbage collection on again: it looks among what comes later."""
    gc.freeze()
    gc.enable()
