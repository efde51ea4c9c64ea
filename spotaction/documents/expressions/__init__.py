"""Expressions `<+…>`, conditions and runtime inputs: parsed and resolved, never run as code."""
