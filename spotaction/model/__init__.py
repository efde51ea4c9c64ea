"""The values and ports that every other package speaks of."""
