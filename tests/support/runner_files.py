"""Parses a step's log and files as GitHub's runner does: workflow commands, and pairs of name and value."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A parsed workflow command, unescaped."""

    name: str
    properties: tuple[tuple[str, str], ...] = ()
    data: str = ""


def commands_in(log: str) -> list[Command]:
    """Return every workflow command in a log, including unknown ones."""
    found = (_current(line) or _legacy(line) for line in re.split(r"\r\n|\r|\n", log))
    return [command for command in found if command]


def texts_in(log: str) -> list[str]:
    """Return the lines that are not commands."""
    return [line for line in re.split(r"\r\n|\r|\n", log) if not (_current(line) or _legacy(line))]


def without_masks(log: str) -> str:
    """Return the log without the commands that mask a value, which contain it."""
    return "\n".join(line for line in log.splitlines() if not line.startswith("::add-mask::"))


def pairs_in(content: str) -> list[tuple[str, str]]:
    """Return the assignments in an output or state file, in order. Raises `ValueError` as the runner fails."""
    pairs, lines = [], content.split("\n")
    while lines:
        line = lines.pop(0)
        equals, heredoc = line.find("="), line.find("<<")
        if not line:
            continue
        if heredoc >= 0 and (equals < 0 or heredoc < equals):
            name, delimiter = line.split("<<", 1)
            pairs.append((name, _heredoc(lines, delimiter)))
        elif equals >= 0:
            name, value = line.split("=", 1)
            pairs.append((name, value))
        else:
            raise ValueError(f"Invalid format {line!r}")
        if not name:
            raise ValueError(f"Invalid format {line!r}: no name")
    return pairs


def outputs_in(content: str) -> dict[str, str]:
    """Return the values that later steps see: the last assignment of each name."""
    return dict(pairs_in(content))


def _heredoc(lines: list[str], delimiter: str) -> str:
    value: list[str] = []
    # The last piece of the split follows the last newline: a delimiter there has no line end.
    while len(lines) > 1:
        line = lines.pop(0)
        if line == delimiter:
            return "\n".join(value)
        value.append(line)
    if lines == [delimiter]:
        lines.clear()
        return "\n".join(value)
    raise ValueError(f"Matching delimiter not found {delimiter!r}")


def _current(line: str) -> Command | None:
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, listed = line[2:end].partition(" ")
    properties = [tuple(part.split("=", 1)) for part in listed.split(",") if "=" in part]
    return Command(name, tuple((key, _unescape(value)) for key, value in properties), _unescape(line[end + 2 :]))


def _legacy(line: str) -> Command | None:
    match = re.search(r"##\[([^\]]*)\](.*)", line)
    return Command(match[1].partition(" ")[0], (), match[2]) if match else None


def _unescape(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text
