"""depthdrop: a paid, asynchronous image edit for every picture dropped into a bucket.

Pure decisions: pairing, missing_half, sidecar, carried_prompt, edit_settings, models, fallback, image_check,
identities, outbox_keys, schedule, post_outcome, poll_outcome, result_link. Edges: inbox, outbox, edits (the claim),
drops, files, halves, slots, upstream, download, upstream_key, notices, workflow. Use cases: submit (arrivals,
purchase), poll, finalize, sweep (unpaired, dead_letters).
"""

__version__ = "0.1.0"
