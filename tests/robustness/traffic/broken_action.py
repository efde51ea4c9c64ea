"""A copy of the project in which the action breaks a promise, to see that the count of requests tells."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.support.action import ROOT

#: The file, what it contains once, and what that is replaced by.
BROKEN: Mapping[str, tuple[str, str, str]] = {
    "undrained": (
        "spotaction/engine/steps/removal.py",
        "        context.wait_for_all([replace(drained, check=production.watched(drained.check), pace=pace)])\n",
        '        pace(Waiting(f"not waited for: {replace(drained).what}"), 0.0)\n',
    )
}
_NEEDED = ("spotaction", "schemas", "examples", "tests", "pyproject.toml")


def broken_project(name: str) -> Path:
    """Return the folder of the copy. Raises `ValueError` if the source no longer reads as it did."""
    file, old, new = BROKEN[name]
    folder = ROOT / "build" / "traffic" / f"broken-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    for needed in _NEEDED:
        source = ROOT / needed
        if source.is_dir():
            shutil.copytree(source, folder / needed, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / needed)
    text = (folder / file).read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{file} has {text.count(old)} places to break, not one.")
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return folder
