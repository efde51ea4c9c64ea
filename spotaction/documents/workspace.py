"""Reads text files inside the workspace, and no others."""

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path

from spotaction.model.errors import InvalidError, Problem

MAX_BYTES = 1024 * 1024

_SHOWN = 200


def read_text(path: str, *, workspace: Path, roots: Sequence[Path] = (), limit: int = MAX_BYTES) -> str:
    """Return the UTF-8 text of a file; `path` is relative to the workspace, `limit` is in bytes.

    The file must be inside the workspace or one of `roots`, with symlinks followed. Raises `InvalidError`.
    """
    file = find_file(path, workspace=workspace, roots=roots)
    try:
        with file.open("rb") as stream:
            content = stream.read(limit + 1)
        if len(content) > limit:
            raise _file_error(path, f"is larger than {limit // 1024} KiB")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _file_error(path, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from error
    except OSError as error:
        raise _file_error(path, f"cannot be read: {error.strerror}") from error


def find_file(
    path: str, *, workspace: Path, roots: Sequence[Path] = (), endings: Iterable[str] = ("",), hint: str = ""
) -> Path:
    """Return the first regular file among `path` with each of `endings`; raises `InvalidError` if there is none."""
    if not path.strip():
        raise _file_error("", "the path is empty")
    for ending in endings:
        file = _resolve_file(path + ending, path, workspace, roots)
        if file.is_file():
            return file
    raise _missing_file_error(path, _resolve_file(path, path, workspace, roots), workspace, hint)


def is_file(path: Path) -> bool:
    """Return whether there is a regular file; False also for a path that cannot exist."""
    try:
        return path.is_file()
    except OSError:
        return False


def output_path(path: str, *, workspace: Path) -> Path:
    """Return the path of a file to write; raises `InvalidError` if it is outside the workspace, or a directory."""
    file = _resolve_file(path, path, workspace, ())
    if file.is_dir():
        raise _file_error(path, "is a directory, not a file")
    return file


def strip_repository_root(path: str, *, workspace: Path, roots: Sequence[Path] = ()) -> str:
    """Return the path without a leading / if that makes it the path of a file in the repository."""
    bare = path.lstrip("/")
    if bare == path or _resolve_inside(path, path, workspace, roots) is not None:
        return path
    file = _resolve_inside(bare, path, workspace, roots)
    return bare if file is not None and file.is_file() else path


def _resolve_file(path: str, shown: str, workspace: Path, roots: Sequence[Path]) -> Path:
    file = _resolve_inside(path, shown, workspace, roots)
    if file is None:
        hint = (
            "write it relative to the repository's root, without a leading /"
            if path.startswith("/")
            else "move it into the repository"
        )
        raise _file_error(shown, "is outside the workspace", hint)
    return file


def _resolve_inside(path: str, shown: str, workspace: Path, roots: Sequence[Path]) -> Path | None:
    try:
        file = (workspace / path).resolve()
        inside = any(file.is_relative_to(root.resolve()) for root in (workspace, *roots))
        loop = any(each.is_symlink() for each in (file, *file.parents))  # since Python 3.13 a loop is left unresolved
    except RuntimeError as error:
        raise _file_error(shown, "is a loop of symbolic links") from error
    except (OSError, ValueError) as error:  # a null character, or too many characters
        raise _file_error(shown, "is not a valid path") from error
    if loop:
        raise _file_error(shown, "is a loop of symbolic links")
    return file if inside else None


def _missing_file_error(path: str, file: Path, workspace: Path, hint: str) -> InvalidError:
    try:
        if not workspace.is_dir() or not any(workspace.iterdir()):
            message = "file not found: the workspace is empty"
            return _file_error(path, message, "run actions/checkout first")
        if file.is_dir():
            return _file_error(path, "is a directory, not a file")
        if file.exists():
            return _file_error(path, "is not a regular file")
        names = [each.name for each in file.parent.iterdir()] if file.parent.is_dir() else []
    except OSError as error:
        return _file_error(path, f"cannot be read: {error.strerror}")
    near = difflib.get_close_matches(file.name, names, n=1)
    if near:
        hint = f"did you mean '{path.removesuffix(file.name)}{near[0]}'?"
    return _file_error(path, "file not found", hint)


def _file_error(path: str, message: str, hint: str = "") -> InvalidError:
    shown = path if len(path) <= _SHOWN else f"{path[:_SHOWN]}…"
    return InvalidError([Problem(message, subject=shown, hint=hint)])
