"""Runs steps, waits, enforces the safety rules and rolls back."""
