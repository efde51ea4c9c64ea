"""Hostile input by the hundred thousand: documents, expressions, inputs, commands, answers of Spot and AWS."""

import sys
from pathlib import Path

# `python -m tests.fuzz` comes without pytest's conftest, which does the same.
for _folder in ("deployments", "workflow", "adapters"):
    sys.path.append(str(Path(__file__).parents[1] / _folder))
