"""Standard streams that are closed, full, left by their reader, or not in UTF-8: none of these ends a command."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO


def prepare_streams() -> None:
    """Open closed streams on nothing, and have characters that a stream's encoding lacks written as escapes."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_text(text: str, stdout: TextIO) -> str:
    """Print the text, and return why it could not be printed; empty also for a reader that has left, like `head`."""
    try:
        stdout.write(text)
        stdout.flush()
    except OSError as error:
        _discard(stdout)
        return "" if isinstance(error, BrokenPipeError) else error.strerror or str(error)
    return ""


def _discard(stdout: TextIO) -> None:
    """What is left in the buffer goes nowhere: Python would try again at the end, and change the exit code."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stdout.fileno())
        os.close(nowhere)
