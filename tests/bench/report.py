"""Prints tables, and writes them into docs/performance.md between its markers."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.processes import ROOT

OUT = ROOT / "build" / "bench.json"
DETAILS = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- performance: written by make bench WRITE=1 -->", "<!-- end of performance -->"


@dataclass(frozen=True)
class Table:
    """A title, a head, and rows with a cell for each column."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def print_table(table: Table) -> None:
    """Print a table with aligned columns."""
    lines = (table.head, *table.rows)
    widths = [max(len(row[column]) for row in lines) for column in range(len(table.head))]
    sys.stdout.write(f"\n{table.title}\n")
    for row in lines:
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")
    sys.stdout.flush()


def write_documents(tables: Sequence[Table]) -> None:
    """Write all tables, the aims first, to docs/performance.md and build/bench.json."""
    OUT.write_text(json.dumps([asdict(table) for table in tables], indent=1) + "\n", encoding="utf-8")
    _fill(DETAILS, "\n\n".join([_machine(), *(f"## {table.title}\n\n{as_markdown(table)}" for table in tables)]))


def as_markdown(table: Table) -> str:
    """Return a table in Markdown."""
    cells = [
        list(table.head),
        ["---"] * len(table.head),
        *([cell.replace("|", "\\|") for cell in row] for row in table.rows),
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def fill(document: str, content: str) -> str:
    """Return the document with `content` between its markers. Raises `ValueError` if one is missing."""
    head, first, rest = document.partition(BEGIN)
    _, last, tail = rest.partition(END)
    if not first or not last:
        raise ValueError(f"The document has no {BEGIN} … {END}.")
    return f"{head}{BEGIN}\n\n{content}\n\n{END}{tail}"


def _fill(path: Path, content: str) -> None:
    path.write_text(fill(path.read_text(encoding="utf-8"), content), encoding="utf-8")
    sys.stdout.write(f"Written to {path.relative_to(ROOT)}\n")


def _machine() -> str:
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with Python {platform.python_version()} on {os.cpu_count()} cores."
    )
