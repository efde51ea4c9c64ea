"""Checks before the first write: what a deployment finds that would make it hurt, as a note, a warning or a refusal."""
