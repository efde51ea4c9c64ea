"""Runs steps, waits, keeps the safety rules and rolls back."""
