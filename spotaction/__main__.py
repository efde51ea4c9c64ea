"""The command line: `python -m spotaction validate FILES…` checks documents without a network."""

import argparse
import sys
from collections.abc import Sequence

from spotaction.operations.validate import find_problems

_INVALID = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when every file is valid, 1 when one is not, 2 for a wrong command line."""
    parser = argparse.ArgumentParser(prog="python -m spotaction", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    validate = commands.add_parser("validate", help="check documents; prints file:line:column of every problem")
    validate.add_argument("files", nargs="+", metavar="FILE", help="service, infrastructure, Elastigroup config …")
    options = parser.parse_args(arguments)
    problems = [problem for file in options.files for problem in find_problems(file)]
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    return _INVALID if problems else 0


if __name__ == "__main__":
    sys.exit(main())
