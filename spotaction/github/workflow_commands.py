"""What the action tells the runner: log lines, groups, annotations, masks, outputs, state, summary."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Literal, TextIO
from uuid import uuid4

from spotaction.github import whole_writes
from spotaction.github.markdown import truncate_markdown
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

ANNOTATIONS = 10  # per level and step; GitHub drops the rest without a word
SUMMARY_BYTES = 1_000_000  # GitHub drops a summary of more than 1 MiB as a whole
OUTPUT_BYTES = 1_000_000
_MESSAGE = 4_000  # an annotation is cut at 4096
# Words that are in every log; without them none can be read.
_COMMON = frozenset({"true", "false", "null", "none", "basic", "canary", "blue-green", *Status})
_NAME = re.compile(r"[a-z][a-z0-9_-]*", re.ASCII)


def _secret_forms(line: str) -> Iterator[str]:
    """A line as it is, as the log and errors write it, and as it stands in either kind of JSON."""
    for plain in (line, strip_control_characters(line), " ".join(strip_control_characters(line).split())):
        yield from (plain, json.dumps(plain, ensure_ascii=False)[1:-1], json.dumps(plain)[1:-1])


def _new_delimiter() -> str:
    return f"ghadelimiter_{uuid4()}"


class WorkflowCommands:
    """The only way to the log and to the runner's files; a file that is not there is not written.

    Nothing here ends a deployment: a file that cannot be written is a warning and stands in `lost`, a log that nobody
    reads any more is fine. Every text loses the values that were masked, except for what has to be read again as it is:
    the state, and outputs that are `exact`. Those must hold no text of others.
    """

    def __init__(
        self, environ: Mapping[str, str], stdout: TextIO, *, delimiter: Callable[[], str] = _new_delimiter
    ) -> None:
        self._environ = environ
        self._stdout = stdout
        self._delimiter = delimiter
        self._masked: list[str] = []
        self._written: dict[tuple[str, str], str] = {}
        self._lost: dict[tuple[str, str], str] = {}
        self._unwritable: dict[str, str] = {}
        self._annotations: Counter[Level] = Counter()
        self._grouped = False

    def log(self, text: str) -> None:
        """Print lines that the runner can only take for text."""
        for line in self.redact(strip_control_characters(text)).split("\n"):
            self._print_line(neutralise_commands(line))

    def open_group(self, title: str) -> None:
        """Begin a group that folds; one that is open ends, as the runner does not nest them."""
        self.end_group()
        self._grouped = True
        self._print_line(f"::group::{self._escape_data(title)}")

    def end_group(self) -> None:
        """End the group that is open, if there is one."""
        if self._grouped:
            self._print_line("::endgroup::")
        self._grouped = False

    def debug(self, text: str) -> None:
        """Lines that are shown only when the workflow's debug logging is on."""
        for line in text.splitlines():
            self._print_line(f"::debug::{self._escape_data(line)}")

    def annotate(self, level: Level, message: str, *, place: SourceLocation | None = None, title: str = "") -> None:
        """Pin a message to the run, with a place to the line of a file; beyond ten of a level it is only printed."""
        self._annotations[level] += 1
        if self._annotations[level] > ANNOTATIONS:
            self.log(f"{level.capitalize()}: {f'{place}: ' if place else ''}{message}")
            return
        properties = ",".join(
            f"{key}={escape_property(text)}" for key, text in self._annotation_properties(place, title)
        )
        data = escape_data(truncate_text(self.redact(strip_control_characters(message)), _MESSAGE))
        self._print_line(f"::{level}{' ' if properties else ''}{properties}::{data}")

    @property
    def left_out(self) -> Mapping[Level, int]:
        """How many annotations of each level were more than GitHub keeps."""
        return {level: count - ANNOTATIONS for level, count in self._annotations.items() if count > ANNOTATIONS}

    def mask(self, value: str) -> None:
        """Hide a secret, line by line, from the log and from everything written here.

        A short or common value is refused: hiding `true` or `{` everywhere makes logs unreadable and outputs useless.
        """
        forms = [form for line in value.splitlines() for form in _secret_forms(line.strip())]
        secrets = [form for form in forms if len(form) >= SHORTEST and form.lower() not in _COMMON]
        if value and not secrets:
            message = f"A secret is too short (below {SHORTEST} characters) or too common to be hidden in the log."
            self.annotate("warning", message, title="Secret not masked")
        for secret in secrets:
            if secret not in self._masked:
                self._print_line(f"::add-mask::{escape_data(secret)}")
                self._masked.append(secret)

    def redact(self, text: str) -> str:
        """The text without the values that were masked, and without the beginning of one before an ellipsis."""
        return redact(text, self._masked)

    def set_output(self, name: str, value: str, *, exact: bool = False) -> None:
        """Set an output, again if need be: the last one counts, also when the step is killed right after."""
        self._append_assignment("GITHUB_OUTPUT", name, value if exact else self.redact(value))

    def save_state(self, name: str, value: str) -> None:
        """Save what the action's post step finds in `STATE_<name>`, as it is."""
        self._append_assignment("GITHUB_STATE", name, value)

    @property
    def lost(self) -> Mapping[str, str]:
        """The outputs and states whose last value is in no file, by name, each with the reason."""
        return {name: f"{file}: {self._unwritable[file]}" for file, name in self._lost}

    def write_lost(self) -> None:
        """Try once more to write what is lost: a disk that was full may have space again."""
        for (file, name), value in list(self._lost.items()):
            self._append_assignment(file, name, value)

    def write_summary(self, markdown: str) -> None:
        """Replace the step's summary; what GitHub would not take is cut, and the summary says so."""
        self._write_file(
            "GITHUB_STEP_SUMMARY", truncate_markdown(self.redact(markdown), SUMMARY_BYTES), whole_writes.replace
        )

    def _append_assignment(self, file: str, name: str, value: str) -> None:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot be the name of an output or a state.")
        value = value.replace("\0", "")
        if self._written.get((file, name)) == value:
            self._lost.pop((file, name), None)
            return
        if len(value.encode(errors="replace")) > OUTPUT_BYTES:
            self.annotate("warning", f"{name} is longer than the 1 MB that GitHub takes, and was not set.")
            return
        entry = self._entry(name, value)
        self._lost[file, name] = value
        if self._write_file(file, entry, partial(self._add, file, name, value)):
            self._written[file, name] = value
            del self._lost[file, name]

    def _entry(self, name: str, value: str) -> str:
        delimiter = self._delimiter()
        if delimiter in value:
            raise ValueError(f"The value of {name} contains the delimiter that was to end it.")
        return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"

    def _add(self, file: str, name: str, value: str, path: Path, entry: bytes) -> None:
        """One value more; on a full disk in the place of those that do not count any more, which there are many of."""
        try:
            whole_writes.append(path, entry)
        except OSError:
            last = {each: text for (where, each), text in self._written.items() if where == file} | {name: value}
            text = "".join(self._entry(each, text) for each, text in last.items())
            whole_writes.replace(path, text.encode(errors="replace"))

    def _write_file(self, file: str, text: str, write: Callable[[Path, bytes], None]) -> bool:
        """Whether the file has the text now, or is none that the runner wants."""
        path = self._environ.get(file)
        if not path:
            return True
        try:
            write(Path(path), text.encode(errors="replace"))
        except OSError as error:
            told = file in self._unwritable
            self._unwritable[file] = error.strerror or type(error).__name__
            if not told:
                self.annotate(
                    "warning", f"{file} cannot be written ({self._unwritable[file]}); the deployment goes on."
                )
            return False
        return True

    def _annotation_properties(self, place: SourceLocation | None, title: str) -> list[tuple[str, str]]:
        # A place inside an input has no file that GitHub could show; it stands in the message.
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
            # After a cancel nobody may listen any more, while the work has to go on.
            return
