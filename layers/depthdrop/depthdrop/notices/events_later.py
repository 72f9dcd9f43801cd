"""Defers `events` (and pydantic, its largest import) until something is published. Must be imported before both."""

from depthdrop.cold_start import later

later("depthdrop.notices.events")
