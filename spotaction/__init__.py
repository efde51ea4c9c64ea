"""Deploys AMIs to Spot Elastigroups: the library behind the GitHub Action."""
