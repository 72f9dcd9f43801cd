"""Requests to CometAPI, the meaning of its answers, and the download of a result."""
