"""Foreign text inside Markdown: it breaks no table and no fence, and brings no links, HTML or mentions."""

import html
import re
from collections.abc import Iterable, Sequence

from spotaction.github.text import strip_control_characters, truncate_text

_SPECIAL = re.compile(r"[`*_\[\]#~$!]")
_LEADING = re.compile(r"^(?=[-+=])|^(\d+)(?=[.)])")
# GitHub looks for these in the rendered text, so that no escape keeps it from linking them; a gap does.
_LINKING = re.compile(r"(?i)(@|#|:(?=//)|\bwww(?=\.))")
_GAP = "\u200b"
_PLAIN_CODE = re.compile(r"[^`|\\\n]+")
_LIMIT = 300
_CUT = "\n\n_The rest was cut: GitHub takes 1 MiB. The log has all of it._\n"
_ROOM = 512  # for what closes the blocks that the cut left open


def escape_inline(value: str, limit: int = _LIMIT) -> str:
    """A foreign text as plain words on one line."""
    line = " ".join(strip_control_characters(truncate_text(value, limit)).split())
    # A backslash or bar as an entity: whether an escaped one ends a table's cell depends on what stands before it.
    line = html.escape(line, quote=False).replace("\\", "&bsol;").replace("|", "&vert;")
    line = _LINKING.sub(rf"\1{_GAP}", line)
    return _LEADING.sub(lambda match: f"{match[0]}\\", _SPECIAL.sub(r"\\\g<0>", line))


def code_span(value: str) -> str:
    """A foreign name in a code span, where nothing is linked; words where it holds what a span cannot."""
    line = " ".join(strip_control_characters(truncate_text(value, _LIMIT)).split())
    return f"`{line}`" if _PLAIN_CODE.fullmatch(line) else escape_inline(line)


def inline_link(label: str, url: str) -> str:
    """A link of our own; the label may be foreign. Without a URL only the label."""
    return f"[{escape_inline(label)}]({url})" if url else escape_inline(label)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def fenced_block(content: str, language: str = "") -> str:
    """A block of foreign lines, fenced by more backticks than they hold."""
    lines = strip_control_characters(content)
    marks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", lines)), default=0))
    return f"{marks}{language}\n{lines}\n{marks}\n"


def details_block(title: str, content: str) -> str:
    """A block that opens on a click; its content is Markdown already."""
    summary = html.escape(" ".join(strip_control_characters(title).split()))
    return f"<details><summary>{summary}</summary>\n\n{content}\n</details>\n"


def truncate_markdown(markdown: str, limit: int) -> str:
    """The whole text, or its first lines up to `limit` bytes with every open block closed and a word about it."""
    encoded = markdown.encode(errors="replace")
    if len(encoded) <= limit:
        return markdown
    head = encoded[: limit - _ROOM].decode(errors="ignore").rpartition("\n")[0]
    marks, depth = _open_blocks(head)
    return f"{head}\n{marks}" + "\n\n</details>" * min(depth, 8) + _CUT


def _open_blocks(head: str) -> tuple[str, int]:
    """The fence that is open at the end, and how many details are."""
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
