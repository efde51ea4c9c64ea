"""The entry point of the command line: parses the arguments, and imports what the command needs."""

import argparse
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from spotaction.cli.flags import PROGRAM
from spotaction.cli.parser import build_parser, given_values
from spotaction.cli.streams import prepare_streams, print_text
from spotaction.model.errors import UnreportedError

_INTERRUPTED = 130


def run() -> int:
    """Run the command line of this process, and return its exit code."""
    gc.disable()  # what an import makes is no garbage
    prepare_streams()
    try:
        return main(sys.argv[1:])
    except KeyboardInterrupt:  # before the first operation: nothing was sent
        return _INTERRUPTED
    finally:
        for stream in (sys.stdout, sys.stderr):
            print_text("", stream)  # what cannot be printed must not change the exit code


def main(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> int:
    """Run the command line, and return its exit code: 2 if the arguments are wrong, else that of the operation."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.version:
        return _print_version()
    if options.print_completion:
        return _print_completion(parser, options.print_completion)
    if not options.command:
        parser.print_help()
        return 0
    if not _is_folder_there():
        parser.exit(2, f"{PROGRAM}: the current folder no longer exists: change to the one with the documents\n")
    if getattr(options, "files", None):
        return _check_files(parser, options)
    from spotaction.cli.run import Streams, run_command

    gc.freeze()
    gc.enable()
    return run_command(options, os.environ if environ is None else environ, Streams())


def _check_files(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    given = [f"--{name}" for name in given_values(options)] + [
        f"--{name}" for name in ("json", "outputs", "summary") if getattr(options, name)
    ]
    if given:
        parser.error(f"validate takes files or flags, not both: remove {', '.join(given)} or the files")
    from spotaction.cli.check_files import check_files

    code, text = check_files(options.files)
    return _print(text) or code


def _print_version() -> int:
    from spotaction.wiring import VERSION

    return _print(f"{PROGRAM} {VERSION}\n")


def _print_completion(parser: argparse.ArgumentParser, shell: str) -> int:
    if find_spec("shtab") is None:
        parser.error(f"completion needs shtab: install {PROGRAM}[cli]")
    import shtab

    return _print(f"{shtab.complete(build_parser(for_completion=True), shell)}\n")


def _print(text: str) -> int:
    why = print_text(text, sys.stdout)
    if why:
        sys.stderr.write(f"{PROGRAM}: nothing could be printed: {why}\n")
    return UnreportedError.exit_code if why else 0


def _is_folder_there() -> bool:
    try:
        Path.cwd()
    except OSError:
        return False
    return True
