"""Makes untrusted text safe for the log, from which the runner reads workflow commands."""

import unicodedata

# Characters that reorder or hide text; other format characters (joiners in names and emoji) are kept.
_HIDING = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")


def strip_control_characters(text: str) -> str:
    """Return the text without control characters, lone surrogates and hiding characters; line ends become newlines."""
    return "\n".join(_strip_line(line.replace("\t", "    ")) for line in text.splitlines())


def neutralise_commands(line: str) -> str:
    """Return the line so that the runner does not read a command in it.

    The runner reads `::name::` after leading white space, and the older `##[name]` anywhere in a line.
    """
    line = line.replace("##[", "## [")
    return f"| {line.lstrip()}" if line.lstrip().startswith("::") else line


def escape_data(text: str) -> str:
    """Return the text escaped as the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Return the text escaped as the value of a workflow command's property."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def truncate_text(text: str, limit: int) -> str:
    """Return the text, cut to `limit` characters with an ellipsis at the end if it is longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _strip_line(line: str) -> str:
    return line if line.isprintable() else "".join(filter(_is_printable, line))


def _is_printable(character: str) -> bool:
    return character not in _HIDING and unicodedata.category(character) not in ("Cc", "Cs")
