"""Writes for the runner: log lines, groups, annotations, masks, outputs, state and summary."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Literal, TextIO

from spotaction.github import whole_writes
from spotaction.github.markdown import SUMMARY_BYTES, truncate_markdown
from spotaction.github.text import (
    escape_data,
    escape_property,
    neutralise_commands,
    strip_control_characters,
    truncate_text,
)
from spotaction.model.deployment import Status
from spotaction.model.errors import SourceLocation
from spotaction.model.redaction import SHORTEST, redact

Level = Literal["error", "warning", "notice"]

ANNOTATIONS = 10  # per level and step; GitHub silently drops the rest
OUTPUT_BYTES = 1_000_000
LONG_BYTES = 65_536  # of a file to which every value of an output or a state is appended
_MESSAGE = 4_000  # an annotation is cut at 4096
# Masking these words would make every log unreadable.
_COMMON = frozenset({"true", "false", "null", "none", "basic", "canary", "blue-green", *Status})
_NAME = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)


def _secret_forms(line: str) -> Iterator[str]:
    """A line as it is, as the log and errors print it, and as both kinds of JSON encode it."""
    for plain in (line, strip_control_characters(line), " ".join(strip_control_characters(line).split())):
        yield from (plain, json.dumps(plain, ensure_ascii=False)[1:-1], json.dumps(plain)[1:-1])


def _new_delimiter() -> str:
    return f"ghadelimiter_{token_hex(16)}"


class WorkflowCommands:
    """The only way to the log and the runner's files; a file that the environment does not name is not written.

    Nothing here ends a deployment: a file that cannot be written causes a warning and is listed in `lost`, and a closed
    log is ignored. Masked values are removed from every text, except for what is read again: the state, and outputs
    that are `exact`. These must contain no untrusted text.
    """

    folds_groups = True  # so that what went wrong in one is repeated below it

    def __init__(
        self, environ: Mapping[str, str], stdout: TextIO, *, delimiter: Callable[[], str] = _new_delimiter
    ) -> None:
        self._environ = environ
        self._stdout = stdout
        self._delimiter = delimiter
        self._masked: list[str] = []
        self._written: dict[tuple[str, str], str] = {}
        self._lost: dict[tuple[str, str], str] = {}
        self._foreign: dict[str, int] = {}  # bytes in a file before our first
        self._unwritable: dict[str, str] = {}
        self._annotations: Counter[Level] = Counter()
        self._grouped = False

    def log(self, text: str) -> None:
        """Print lines in which the runner reads no command."""
        for line in self.redact(strip_control_characters(text)).split("\n"):
            self._print_line(neutralise_commands(line))

    def open_group(self, title: str) -> None:
        """Start a folded group. An open one is closed first, since the runner does not nest groups."""
        self.end_group()
        self._grouped = True
        self._print_line(f"::group::{self._escape_data(title)}")

    def end_group(self) -> None:
        """Close the open group, if there is one."""
        if self._grouped:
            self._print_line("::endgroup::")
        self._grouped = False

    def annotate(self, level: Level, message: str, *, place: SourceLocation | None = None, title: str = "") -> None:
        """Annotate the run, or a line of a file (`place`). After ten of a level, messages are only logged."""
        self._annotations[level] += 1
        if self._annotations[level] > ANNOTATIONS:
            self.log(f"{level.capitalize()}: {f'{place}: ' if place else ''}{message}")
            return
        properties = ",".join(
            f"{key}={escape_property(text)}" for key, text in self._annotation_properties(place, title)
        )
        data = escape_data(truncate_text(self.redact(strip_control_characters(message)), _MESSAGE))
        self._print_line(f"::{level}{' ' if properties else ''}{properties}::{data}")

    def mask(self, value: str) -> None:
        """Mask a secret, line by line, in the log and in everything written here.

        A short or common value is not masked: hiding `true` or `{` would make logs unreadable and outputs useless.
        """
        forms = [form for line in value.splitlines() for form in _secret_forms(line.strip())]
        secrets = [form for form in forms if len(form) >= SHORTEST and form.lower() not in _COMMON]
        if value and not secrets:
            message = f"A secret is too short (fewer than {SHORTEST} characters) or too common to be masked in the log."
            self.annotate("warning", message, title="Secret not masked")
        for secret in secrets:
            if secret not in self._masked:
                self._hide_from_runner(secret)
                self._masked.append(secret)

    def _hide_from_runner(self, secret: str) -> None:
        self._print_line(f"::add-mask::{escape_data(secret)}")

    def redact(self, text: str) -> str:
        """Return the text without the masked values, and without the start of one that was cut by an ellipsis."""
        return redact(text, self._masked)

    def set_output(self, name: str, value: str, *, exact: bool = False) -> None:
        """Set an output at once, so that it is there if the step is killed; the last value counts."""
        self._append_assignment("GITHUB_OUTPUT", name, value if exact else self.redact(value))

    def save_state(self, name: str, value: str) -> None:
        """Save a value unchanged for the action's post step, which reads it from `STATE_<name>`."""
        self._append_assignment("GITHUB_STATE", name, value)

    @property
    def lost(self) -> Mapping[str, str]:
        """The outputs and states whose last value could not be written, by name, with the file and the reason."""
        return {name: f"{file}: {self._unwritable[file]}" for file, name in self._lost}

    def write_lost(self) -> None:
        """Try once more to write what is in `lost`: a full disk may have space again."""
        for (file, name), value in list(self._lost.items()):
            self._append_assignment(file, name, value)

    def write_summary(self, markdown: str) -> None:
        """Replace the step's summary, cut to GitHub's limit with a note."""
        self._write_file(
            "GITHUB_STEP_SUMMARY", truncate_markdown(self.redact(markdown), SUMMARY_BYTES), whole_writes.replace
        )

    def _append_assignment(self, file: str, name: str, value: str) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a valid name for an output or a state.")
        value = value.replace("\0", "")
        if self._written.get((file, name)) == value:
            self._lost.pop((file, name), None)
            return
        if len(value.encode(errors="replace")) > OUTPUT_BYTES:
            self.annotate("warning", f"{name} was not set: it exceeds GitHub's limit of 1 MB.")
            return
        entry = self._entry(name, value)
        self._lost[file, name] = value
        if self._write_file(file, entry, partial(self._add, file, name, value)):
            self._written[file, name] = value
            del self._lost[file, name]

    def _entry(self, name: str, value: str) -> str:
        delimiter = self._delimiter()
        if delimiter in value:
            raise ValueError(f"The value of {name} contains its own delimiter.")
        return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"

    def _add(self, file: str, name: str, value: str, path: Path, entry: bytes) -> None:
        """Append the value; on a full disk, or once outdated values are most of it, leave only the last of each."""
        before = path.stat().st_size if path.exists() else 0
        self._foreign.setdefault(file, before)
        last = {each: text for (where, each), text in self._written.items() if where == file} | {name: value}
        try:
            whole_writes.append(path, entry)
        except OSError:
            whole_writes.replace(path, self._entries(last))
            return
        if before + len(entry) <= LONG_BYTES or self._foreign[file]:
            return
        content = self._entries(last)
        if len(content) < (before + len(entry)) / 2:
            with suppress(OSError):  # the value is there already, after the outdated ones
                whole_writes.swap(path, content)

    def _entries(self, values: Mapping[str, str]) -> bytes:
        return "".join(self._entry(name, value) for name, value in values.items()).encode(errors="replace")

    def _write_file(self, file: str, text: str, write: Callable[[Path, bytes], None]) -> bool:
        """Whether the file has the text now, or the runner has no such file."""
        path = self._environ.get(file)
        if not path:
            return True
        try:
            write(Path(path), text.encode(errors="replace"))
        except OSError as error:
            warned = file in self._unwritable
            self._unwritable[file] = error.strerror or type(error).__name__
            if not warned:
                self.annotate(
                    "warning", f"{file} cannot be written ({self._unwritable[file]}); the deployment continues."
                )
            return False
        return True

    def _annotation_properties(self, place: SourceLocation | None, title: str) -> list[tuple[str, str]]:
        # A place inside an input has no file that GitHub could show; the message contains it.
        on_file = place is not None and not place.file.startswith("input ")
        found = (
            [("file", place.file), ("line", str(place.line)), ("col", str(place.column))] if place and on_file else []
        )
        titled = [("title", title)] if title else []
        return [
            (key, self.redact(strip_control_characters(text)).replace("\n", " ")) for key, text in [*found, *titled]
        ]

    def _escape_data(self, text: str) -> str:
        return escape_data(self.redact(strip_control_characters(text)))

    def _print_line(self, line: str) -> None:
        encoding = getattr(self._stdout, "encoding", None) or "utf-8"
        try:
            self._stdout.write(line.encode(encoding, "replace").decode(encoding) + "\n")
            self._stdout.flush()
        except (OSError, ValueError):
            # After a cancel nobody may read the log, but the work has to continue.
            return
