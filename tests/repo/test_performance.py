"""The tables of make bench in the documentation: written by it, and whole."""

import re

import pytest

from tests.bench import aims, growth
from tests.bench.report import BEGIN, END, Table, as_markdown, fill
from tests.support.documents import read

VERDICTS = {"met", "at its limit"}


def cells(name: str) -> list[list[str]]:
    """The rows of the first table between the markers, with its head and without the line below."""
    part = read(name).partition(BEGIN)[2].partition(END)[0]
    table = re.findall(r"(?:^\|.*\|$\n?)+", part, re.MULTILINE)[0]
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()]
    return [rows[0], *rows[2:]]


def test_every_aim_is_met_or_has_its_limit_and_why() -> None:
    head, *rows = cells("docs/performance.md")
    assert tuple(head) == aims.HEAD
    assert {row[3] for row in rows} <= VERDICTS
    assert [row for row in rows if (row[3] == "met") != (row[4] == "")] == []


def test_an_aim_of_each_part_is_there() -> None:
    _, *rows = cells("docs/performance.md")
    told = "\n".join(row[0] for row in rows)
    for part in ("start", "memory", "delay", "reads of a wait", "makespan", "calls from", "validate", "libraries"):
        assert part in told
    assert sum(row[0].startswith("growth of") for row in rows) == 6 * (
        len(growth.COSTS) - 1
    )  # CPU is shown, not judged


def test_a_measurement_that_is_worse_than_its_limit_fails() -> None:
    limit = aims.Limit(0.6, "why")
    found = [aims._most("x", 0.5, value, limit) for value in (0.5, 0.51, 0.63, 0.65)]
    assert [(aim.verdict, aim.passed) for aim in found] == [
        ("met", True),
        ("at its limit", True),
        ("at its limit", True),
        ("worse", False),
    ]
    assert not aims._most("x", 0.5, 0.51).passed
    assert not aims._least("x", 2.2, 1.0, aims.Limit(1.25, "why")).passed


def test_growth_is_that_of_what_is_added_to_next_to_nothing() -> None:
    sizes = [growth.Size(size, 7, 900 + size, 1 + size / 1000, 50, size * size) for size in (1, 250, 1000)]
    row = growth.Row("x", tuple(sizes))
    assert {name: round(row.exponent(cost), 2) for name, cost in growth.COSTS.items()} == {
        "calls": 0.0,
        "work": 1.0,
        "CPU": 1.0,
        "memory": 0.0,
        "what is written": 2.0,
    }


def test_a_table_is_written_between_the_markers() -> None:
    table = as_markdown(Table("", ("a", "b"), [("x|y", "1")]))
    assert fill(f"head\n{BEGIN}\nold\n{END}\ntail", table) == (
        f"head\n{BEGIN}\n\n| a | b |\n| --- | --- |\n| x\\|y | 1 |\n\n{END}\ntail"
    )
    with pytest.raises(ValueError, match="The document has no <!-- performance"):
        fill("nothing", table)
