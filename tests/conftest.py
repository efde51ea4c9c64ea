"""Makes the helpers of each test folder importable from the others."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
for folder in ("workflow", "sandbox", "adapters", "core", "deployments"):
    sys.path.append(str(HERE / folder))
