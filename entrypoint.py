#!/usr/local/bin/python3 -EsuB
"""What the container runs: the deployment.

-E and -s: the job's PYTHON… variables and the home that its containers share must not lead imports elsewhere.
"""

import sys

from spotaction.entrypoints import run_deploy_step

if __name__ == "__main__":
    sys.exit(run_deploy_step())
