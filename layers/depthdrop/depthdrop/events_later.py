"""Imported first by functions that mostly publish nothing, and then need neither the events nor pydantic."""

from depthdrop.cold_start import later

later("depthdrop.notices.events")
