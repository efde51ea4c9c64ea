"""Foreign text made fit for a log that the runner reads commands from."""

import unicodedata

# Reorders or hides what a person reads; the other format characters (joiners in names, emoji) are left alone.
_HIDING = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")


def strip_control_characters(text: str) -> str:
    """The text without control characters, lone surrogates and characters that hide others; line ends are newlines."""
    return "\n".join("".join(filter(_is_printable, line.replace("\t", "    "))) for line in text.splitlines())


def neutralise_commands(line: str) -> str:
    """One line that the runner takes for text, whatever it says.

    The runner reads `::name::` after leading white space, and the older `##[name]` anywhere in a line.
    """
    line = line.replace("##[", "## [")
    return f"| {line.lstrip()}" if line.lstrip().startswith("::") else line


def escape_data(text: str) -> str:
    """The message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """The value of a workflow command's property."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def truncate_text(text: str, limit: int) -> str:
    """The text, or as much of it as fits with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _is_printable(character: str) -> bool:
    return character not in _HIDING and unicodedata.category(character) not in ("Cc", "Cs")
