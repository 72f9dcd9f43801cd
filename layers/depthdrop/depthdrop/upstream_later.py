"""Imported first by submit: most of its invocations send nothing, and then need no HTTP client."""

from depthdrop.cold_start import later

later("depthdrop.upstream")
