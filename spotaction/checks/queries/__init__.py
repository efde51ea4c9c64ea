"""Queries of checks, and what their results have to meet: conditions, and the form of CloudWatch."""
