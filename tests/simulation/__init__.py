"""Deterministic simulation: whole deployments under every fault, judged by what production saw."""

import sys
from pathlib import Path

# `python -m tests.simulation` comes without pytest's conftest, which does the same.
for _folder in ("deployments", "workflow"):
    sys.path.append(str(Path(__file__).parents[1] / _folder))
