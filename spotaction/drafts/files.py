"""Writes drafted files into the workspace: all of them, and none over another."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from spotaction.documents.workspace import output_path
from spotaction.model.errors import InvalidError, Problem, RefusedError


def folder_in(out: str, workspace: Path) -> str:
    """Return the folder as a prefix of paths in the workspace, empty for the workspace itself.

    Raises `InvalidError` if it is outside the workspace, or a file.
    """
    try:
        inside = output_path(f"{out.strip()}/.spotaction", workspace=workspace).parent
    except InvalidError as error:
        raise InvalidError([replace(each, subject=f"out: {out.strip()}") for each in error.problems]) from error
    if inside.exists() and not inside.is_dir():
        raise InvalidError([Problem("is a file, not a folder", f"out: {out.strip()}", hint="choose another folder")])
    found = inside.relative_to(workspace.resolve()).as_posix()
    return "" if found == "." else f"{found}/"


def check_free(texts: Mapping[str, str], workspace: Path) -> tuple[str, ...]:
    """Return the paths that are to be written; a file that exists with the same content is left out.

    Raises `InvalidError` for a path outside the workspace, and `RefusedError` for files with other content.
    """
    problems: list[Problem] = []
    new: list[str] = []
    taken: list[str] = []
    for path, text in texts.items():
        try:
            file = output_path(path, workspace=workspace)
        except InvalidError as error:
            problems += error.problems
            continue
        found = _content_of(file)
        if found is None:
            new.append(path)
        elif found != text.encode():
            taken.append(path)
    if problems:
        raise InvalidError(problems)
    if taken:
        raise RefusedError(
            f"{' and '.join(taken)} {'exists' if len(taken) == 1 else 'exist'} with other content, so nothing was "
            "written: init overwrites no file.",
            next_step="choose another folder with out, or move what is there.",
        )
    return tuple(new)


def write_new(texts: Mapping[str, str], workspace: Path) -> tuple[str, ...]:
    """Write the files that `check_free` returns, and return their paths; if one fails, those written are removed.

    Raises what `check_free` raises, and `RefusedError` if a file cannot be written.
    """
    written: list[Path] = []
    paths = check_free(texts, workspace)
    for path in paths:
        file = output_path(path, workspace=workspace)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("xb") as stream:  # fails if it was created meanwhile
                written.append(file)
                stream.write(texts[path].encode())
        except OSError as error:
            for each in written:
                each.unlink(missing_ok=True)
            raise RefusedError(
                f"{path} could not be written ({error.strerror}); no file was left.",
                next_step="make the folder writable, or choose another one with out.",
            ) from error
        if path.endswith(".sh"):
            file.chmod(0o755)
    return paths


def _content_of(file: Path) -> bytes | None:
    """The content of a file; None if it does not exist, other bytes than any text if it cannot be read."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return b"\xff"
