"""Writes a file completely or not at all: half an output would swallow the ones after it and fail the step."""

from contextlib import suppress
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO


def append(path: Path, content: bytes) -> None:
    """Append to a file. If this raises `OSError`, the file is unchanged."""
    _write(path, content, keep=True)


def replace(path: Path, content: bytes) -> None:
    """Replace the content of a file. If this raises `OSError`, the file is unchanged, or was not created."""
    _write(path, content, keep=False)


def swap(path: Path, content: bytes) -> None:
    """Put another file of this content in its place at once: whoever reads it, even after a kill, finds one of them.

    If this raises `OSError`, the file is unchanged; a file that is mounted by itself cannot be swapped.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        replace(new, content)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


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
    """What makes the file longer is written first: only that needs space, and it can be undone."""
    inside = size - start
    try:
        _write_all(file, content[inside:], max(start, size))
    except OSError:
        with suppress(OSError):  # a device has no length, and the first error is the one to report
            file.truncate(size)
        raise
    _write_all(file, content[:inside], start)
    file.truncate(start + len(content))


def _write_all(file: BinaryIO, content: bytes, start: int) -> None:
    """All of it: an almost full disk accepts a part, and fails only at the next write."""
    file.seek(start)
    done = 0
    while done < len(content):
        done += file.write(content[done:]) or 0
