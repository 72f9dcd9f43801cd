"""Settings of one sidecar, as they are resolved."""

from depthdrop.settings.edit_settings import (
    Layer,
    ResolvedSettings,
    resolve,
)

MODEL = "flux-pro-1.0-depth"


def resolved_settings(**values: object) -> ResolvedSettings:
    return resolve(MODEL, [Layer("b.yaml", {"prompt": "ink", **values})])
