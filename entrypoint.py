#!/usr/bin/env python3
"""What the container runs: the deployment."""

import sys

from spotaction.main import console

if __name__ == "__main__":
    sys.exit(console())
