"""Waits, bakes and verdicts: is a group healthy, is it drained, and why not yet."""
