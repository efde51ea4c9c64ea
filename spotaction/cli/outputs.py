"""Writes the outputs of a run to a file, for the next job of another CI, and reads the state of a run that ended."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from spotaction.cli.flags import OUTPUT
from spotaction.model.errors import InvalidError, Problem

_STATE = re.compile(r"^(?P<name>[a-z-]+)<<(?P<end>\S+)\n(?P<value>.*?)\n(?P=end)\n", re.DOTALL | re.MULTILINE)
# What every reader of such files takes as it is, without quotes and escapes.
_PLAIN = re.compile(r"[\w.,:/@+-]*", re.ASCII)


def check_path(name: str, option: str) -> Path:
    """Return the whole path of a file to write. Raises `InvalidError` if it is a folder, or in none."""
    try:
        path = Path(name).resolve()
        is_folder = path.is_dir()
    except (OSError, RuntimeError) as error:  # too long, not readable, or links in a circle
        raise _unusable(name, option, error) from None
    if is_folder or not path.parent.is_dir():
        what = "is a folder" if is_folder else f"is in {str(Path(name).parent)!r}, which is not a folder"
        raise InvalidError([Problem(f"{name!r} {what}", option, hint="choose another path")])
    return path


def empty_file(path: Path, option: str) -> None:
    """Create the file, or empty it. Raises `InvalidError` if it cannot be written."""
    try:
        path.write_text("", encoding="utf-8")
    except OSError as error:
        raise _unusable(str(path), option, error) from None


def _unusable(name: str, option: str, error: OSError | RuntimeError) -> InvalidError:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InvalidError([Problem(f"{name!r} cannot be written ({why})", option, hint="choose another path")])


def write_outputs(path: Path, outputs: Mapping[str, str]) -> tuple[str, ...]:
    """Write the outputs, and return the names of those that are left out.

    A file that ends in `.json` has all of them. Any other has lines such as `SPOTACTION_OUTPUT_STATUS=deployed`, for
    those whose values need no quotes: readers differ in what they make of quotes. Raises `OSError`.
    """
    if path.suffix == ".json":
        path.write_text(f"{json.dumps(dict(outputs), indent=2, ensure_ascii=False)}\n", encoding="utf-8")
        return ()
    plain = {name: value for name, value in outputs.items() if _PLAIN.fullmatch(value)}
    lines = [f"{OUTPUT}{name.upper().replace('-', '_')}={value}\n" for name, value in plain.items()]
    path.write_text("".join(lines), encoding="utf-8")
    return tuple(name for name in outputs if name not in plain)


def read_state(path: Path) -> dict[str, str]:
    """Return the state that a run wrote to its `--state` file; empty if there is none.

    A run that was killed may have left its last value incomplete: that one is left out. Raises `InvalidError` if the
    file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "not UTF-8"
        raise InvalidError([Problem(f"{str(path)!r} cannot be read ({why})", "--state", hint="correct it")]) from None
    return {found["name"]: found["value"] for found in _STATE.finditer(text)}
