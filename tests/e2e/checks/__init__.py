"""Checks of a release, in whole deployments on the sandbox."""
