"""Waits, bakes and verdicts: whether a group is healthy or drained, and why not yet."""
