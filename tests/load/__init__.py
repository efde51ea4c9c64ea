"""Many deployments at once against one account: threads that share a simulated clock, and processes over sockets."""

import sys
from pathlib import Path

# `python -m tests.load` comes without pytest's conftest, which does the same.
for _folder in ("deployments", "workflow"):
    sys.path.append(str(Path(__file__).parents[1] / _folder))
