"""Deterministic simulation: whole deployments under every fault, judged by what production saw."""
