"""Checks of a release: one module per kind, the counting of measurements, and the statistics."""
