"""The command line as a module: `python -m spotaction` is `spotaction`."""

import sys

from spotaction.cli.command_line import run

if __name__ == "__main__":
    sys.exit(run())
