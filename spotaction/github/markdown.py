"""Untrusted text in Markdown: it breaks no table or fence, and adds no links, HTML or mentions."""

import html
import re
from collections.abc import Iterable, Sequence

from spotaction.documents.wording import is_or_are
from spotaction.github.text import strip_control_characters, truncate_text

SUMMARY_BYTES = 1_000_000  # GitHub drops a summary of more than 1 MiB completely
_SPECIAL = re.compile(r"[`*_\[\]#~$!]")
_LEADING = re.compile(r"^(?=[-+=])|^(\d+)(?=[.)])")
# GitHub links these in the rendered text, where an escape has no effect; a zero-width space prevents it.
_LINKING = re.compile(r"(?i)(@|#|:(?=//)|\bwww(?=\.))")
_GAP = "\u200b"
_PLAIN_CODE = re.compile(r"[^`|\\\n]+")
_LIMIT = 300
_CUT = "\n\n_Truncated at GitHub's limit of 1 MiB; see the log for the rest._\n"
_ROOM = 512  # bytes for closing the blocks that the cut left open


def escape_inline(value: str, limit: int = _LIMIT) -> str:
    """Return untrusted text as plain text on one line, cut at `limit` characters."""
    line = " ".join(strip_control_characters(truncate_text(value, limit)).split())
    # A backslash or bar becomes an entity: whether an escaped one ends a table cell depends on what precedes it.
    line = html.escape(line, quote=False).replace("\\", "&bsol;").replace("|", "&vert;")
    line = _LINKING.sub(rf"\1{_GAP}", line)
    return _LEADING.sub(lambda match: f"{match[0]}\\", _SPECIAL.sub(r"\\\g<0>", line))


def code_span(value: str) -> str:
    """Return an untrusted name as a code span; as escaped text if a code span cannot hold it."""
    line = " ".join(strip_control_characters(truncate_text(value, _LIMIT)).split())
    return f"`{line}`" if _PLAIN_CODE.fullmatch(line) else escape_inline(line)


def inline_link(label: str, url: str) -> str:
    """Return a link with an untrusted label to a trusted URL; only the label if the URL is empty."""
    return f"[{escape_inline(label)}]({url})" if url else escape_inline(label)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def trimmed_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table without the columns in which every cell is empty; the cells are Markdown."""
    kept = [index for index in range(len(head)) if any(row[index] for row in rows)]
    return markdown_table([head[index] for index in kept], [[row[index] for index in kept] for row in rows])


def more_in_log(count: int, shown: int) -> str:
    """Return the note that the rest of `count` things is in the log; empty if all are shown."""
    left = count - shown
    return f"\n_{left} more {is_or_are(left)} in the log._\n" if left > 0 else ""


def fenced_block(content: str, language: str = "") -> str:
    """Return a code block of untrusted lines, fenced by more backticks than they contain."""
    lines = strip_control_characters(content)
    marks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", lines)), default=0))
    return f"{marks}{language}\n{lines}\n{marks}\n"


def details_block(title: str, content: str) -> str:
    """Return a collapsed block; `content` is Markdown."""
    summary = html.escape(" ".join(strip_control_characters(title).split()))
    return f"<details><summary>{summary}</summary>\n\n{content}\n</details>\n"


def truncate_markdown(markdown: str, limit: int) -> str:
    """Return the text, cut to whole lines within `limit` bytes, with open blocks closed and a note if it was cut."""
    encoded = markdown.encode(errors="replace")
    if len(encoded) <= limit:
        return markdown
    head = encoded[: limit - _ROOM].decode(errors="ignore").rpartition("\n")[0]
    marks, depth = _open_blocks(head)
    return f"{head}\n{marks}" + "\n\n</details>" * min(depth, 8) + _CUT


def _open_blocks(head: str) -> tuple[str, int]:
    """The fence that is open at the end, and the number of open `<details>`."""
    marks, depth = "", 0
    for line in head.split("\n"):
        run = line[: len(line) - len(line.lstrip("`"))]
        if marks:
            marks = "" if line.strip() == marks else marks
        elif len(run) >= 3:  # noqa: PLR2004 - Markdown's shortest fence
            marks = run
        else:
            depth += line.startswith("<details>") - (line == "</details>")
    return marks, max(depth, 0)
