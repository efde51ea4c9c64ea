"""Spot and AWS in one process, for the demo and the tests."""
