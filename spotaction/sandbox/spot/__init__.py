"""The sandbox's Spot API."""
