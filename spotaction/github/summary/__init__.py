"""The step summary: headline, what is true now, charts, checks, steps and, folded, every event."""
