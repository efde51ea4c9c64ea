"""Writes repository and version of pyproject.toml, their one place, to every file that names them.

`python tools/identity.py --repository acme/spotaction --version 1.1.0` changes pyproject.toml with the others;
tests/repo/test_release.py holds all of them together.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PROJECT = "pyproject.toml"
_HISTORY = "CHANGELOG.md"
_PLACEHOLDER = re.compile(r":\s+`OWNER` stands for the account that will publish it\.")


@dataclass(frozen=True)
class Identity:
    """The repository, as `owner/name`, and the version, as `X.Y.Z`."""

    repository: str
    version: str

    @property
    def owner(self) -> str:
        """The account that the repository belongs to."""
        return self.repository.partition("/")[0]

    @property
    def major(self) -> str:
        """The tag that is moved with each release of the major version, such as `v1`."""
        return f"v{self.version.partition('.')[0]}"


def main() -> int:
    """Rewrite the files, and print which; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repository", metavar="OWNER/NAME", type=_matching(r"[\w-]+/[\w.-]+"))
    parser.add_argument("--version", metavar="X.Y.Z", type=_matching(r"\d+\.\d+\.\d+"))
    options = parser.parse_args()
    old = read_identity((ROOT / _PROJECT).read_text(encoding="utf-8"))
    new = Identity(options.repository or old.repository, options.version or old.version)
    for path in _files():
        before = path.read_text(encoding="utf-8")
        after = rewrite(before, old, new, name=str(path.relative_to(ROOT)))
        if after != before:
            path.write_text(after, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return 0


def read_identity(project: str) -> Identity:
    """Return what the text of pyproject.toml says."""
    found = tomllib.loads(project)["project"]
    return Identity(found["urls"]["Repository"].removeprefix("https://github.com/"), found["version"])


def rewrite(text: str, old: Identity, new: Identity, *, name: str) -> str:
    """Return the text of the file `name` with the new identity where the old one was."""
    if name == _HISTORY:
        return text.replace(old.repository, new.repository)
    named = re.escape(old.repository)
    text = re.sub(rf"({named}(?:/[\w./-]+)?[@/]){old.major}\b", rf"\g<1>{new.major}", text)
    text = re.sub(rf"({named}\n\s+rev: v){re.escape(old.version)}\b", rf"\g<1>{new.version}", text)
    text = text.replace(old.repository, new.repository)
    text = re.sub(rf"(--owner |^\* @){re.escape(old.owner)}\b", rf"\g<1>{new.owner}", text, flags=re.MULTILINE)
    if name in {_PROJECT, "spotaction/wiring.py"}:
        text = re.sub(
            rf'^(version|VERSION) = "{re.escape(old.version)}"$', rf'\g<1> = "{new.version}"', text, flags=re.MULTILINE
        )
    return _PLACEHOLDER.sub(".", text) if new.owner != "OWNER" else text


def _files() -> Iterator[Path]:
    """The files of the repository that may name it: neither recordings nor the tests, which read pyproject.toml."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    for name in listed.stdout.split("\0"):
        if name and not name.startswith("tests/") and (ROOT / name).is_file():
            yield ROOT / name


def _matching(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise argparse.ArgumentTypeError(f"{text!r} does not match {pattern}")
        return text

    return parse


if __name__ == "__main__":
    sys.exit(main())
