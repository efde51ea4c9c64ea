"""The command line: `python -m spotaction validate FILES…`."""

import sys

from spotaction.cli import main

if __name__ == "__main__":
    sys.exit(main())
