"""Writes the runner's files whole or not at all: half of an output swallows those after it, and fails the step."""

from contextlib import suppress
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO


def append(path: Path, content: bytes) -> None:
    """Add to a file; raises `OSError`, and then the file is as it was before."""
    _write(path, content, keep=True)


def replace(path: Path, content: bytes) -> None:
    """Give a file another content; raises `OSError`, and then it has its old one, or was not created."""
    _write(path, content, keep=False)


def _write(path: Path, content: bytes, *, keep: bool) -> None:
    created = not path.exists()
    try:
        with path.open("xb" if created else "r+b", buffering=0) as file:
            size = file.seek(0, SEEK_END)
            _write_at(file, content, start=size if keep else 0, size=size)
    except OSError:
        if created:
            path.unlink(missing_ok=True)
        raise


def _write_at(file: BinaryIO, content: bytes, *, start: int, size: int) -> None:
    """What makes the file longer comes first: only that needs space, and it can be taken away again."""
    inside = size - start
    try:
        _write_all(file, content[inside:], max(start, size))
    except OSError:
        with suppress(OSError):  # a device has no length, and what went wrong before is what has to be told
            file.truncate(size)
        raise
    _write_all(file, content[:inside], start)
    file.truncate(start + len(content))


def _write_all(file: BinaryIO, content: bytes, start: int) -> None:
    """All of it: a disk that is nearly full takes a part, and says so only the next time."""
    file.seek(start)
    done = 0
    while done < len(content):
        done += file.write(content[done:]) or 0
