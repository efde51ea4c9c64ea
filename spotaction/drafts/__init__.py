"""Drafts of a deployment's documents from a live group, and whose change a difference from it is."""
