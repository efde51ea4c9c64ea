"""A table of results in the summary: the files of a draft, or the differences from a live group."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotaction.github.markdown import code_span, escape_inline, markdown_table, more_in_log

_ROWS = 200
_CELL = 300


@dataclass(frozen=True)
class ReportTable:
    """A titled table of plain texts; the first column is code: a path or a file."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]] = ()


def render_table(table: ReportTable) -> str:
    """Return the table as Markdown with a heading; empty without rows."""
    if not table.rows:
        return ""
    rows = [(code_span(row[0]), *(escape_inline(cell, _CELL) for cell in row[1:])) for row in table.rows[:_ROWS]]
    more = more_in_log(len(table.rows), _ROWS)
    return f"### {table.title}\n\n{markdown_table(table.head, rows)}{more}"
