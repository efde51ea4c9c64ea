"""The table of what was measured, printed, and written into the documentation between its markers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.robustness.statistics.figures import Figure, Known, is_as_known
from tests.robustness.statistics.playing import FAILED, OPEN, PASSED, Played

DOCS = Path(__file__).parents[3] / "docs" / "checks-statistics.md"
BEGIN, END = "<!-- statistics: written by make stats WRITE=1 -->", "<!-- end of statistics -->"
GROUPS: Mapping[str, str] = {
    "good": "Good releases",
    "outage": "Outages of both groups",
    "found": "Releases with more errors (0.1 % before, 6,000 requests a minute, 10 % of them to the new group)",
    "latency": "Response times (60 compared minutes)",
    "others": "Other rules on the same releases",
}
MINUTES = 3  # by which a middle minute may differ from a known one


@dataclass(frozen=True)
class Row:
    """What came out of the releases of a figure: percentages by verdict, and the middle minute of each verdict."""

    figure: Figure
    releases: int
    percent: Mapping[str, float]
    middle: Mapping[str, int]

    @classmethod
    def of(cls, figure: Figure, played: Sequence[Played]) -> "Row":
        """Count what was played."""
        percent, middle = {}, {}
        for verdict in (FAILED, PASSED, OPEN):
            minutes = sorted(each.minute for each in played if each.verdict == verdict)
            percent[verdict] = 100 * len(minutes) / len(played)
            middle[verdict] = minutes[len(minutes) // 2] if minutes else 0
        return cls(figure, len(played), percent, middle)


def missed_aims(row: Row) -> Iterator[str]:
    """Yield a sentence for each aim that the row misses."""
    figure, failed = row.figure, row.percent[FAILED]
    if figure.most is not None and failed > figure.most:
        yield f"{figure.name}: {failed:.2f} % were rolled back, {figure.most:g} % may be"
    for known in figure.known:
        found = row.percent[known.verdict]
        if known.percent is not None and not is_as_known(found, known.percent, row.releases):
            yield f"{figure.name}: {found:.1f} % {known.verdict}, known {known.percent:g} %"
        minute = row.middle[known.verdict]
        if known.minute is not None and abs(minute - known.minute) > MINUTES:
            yield f"{figure.name}: {known.verdict} in minute {minute}, known {known.minute}"


def describe_row(row: Row) -> str:
    """Return a row as a line of the terminal."""
    cells = (f"{row.percent[each]:5.1f} % {each} (min {row.middle[each]:2d})" for each in (FAILED, PASSED, OPEN))
    return f"{row.figure.name:58s} {row.releases:5d}  {'  '.join(cells)}"


def render_table(rows: Sequence[Row], missing: int, passed: int, seed: str) -> str:
    """Return all rows in Markdown, a table for each group."""
    good = sum(row.releases for row in rows if row.figure.good)
    others = sum(row.releases for row in rows) - good
    played = f"{good:,} good releases were played, and {others:,} others (seed {seed})."
    parts = [f"{played} Of {missing} releases whose minutes were missing, partial or not numbers, {passed} passed.\n"]
    for group, title in GROUPS.items():
        head = "| Release | Played | Failed | Passed | No verdict | Aim, or known figure |\n"
        lines = [_markdown(row) for row in rows if row.figure.group == group]
        parts.append(f"**{title}**\n\n{head}| --- | ---: | ---: | ---: | ---: | --- |\n{''.join(lines)}")
    return "\n".join(parts)


def write_table(table: str) -> None:
    """Replace what is between the markers."""
    text = DOCS.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    DOCS.write_text(f"{before}{BEGIN}\n\n{table}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def _markdown(row: Row) -> str:
    cells = [row.figure.name, f"{row.releases:,}", *(_cell(row, each) for each in (FAILED, PASSED, OPEN))]
    return f"| {' | '.join(cells)} | {_wanted(row.figure)} |\n"


def _cell(row: Row, verdict: str) -> str:
    share = f"{row.percent[verdict]:.1f} %"
    return f"{share}, min {row.middle[verdict]}" if row.middle[verdict] else share


def _wanted(figure: Figure) -> str:
    aims = [f"≤ {figure.most:g} % fail"] if figure.most else ["none fails"] if figure.most == 0 else []
    return "; ".join([*aims, *(_known(each) for each in figure.known)])


def _known(known: Known) -> str:
    minute = f", min {known.minute}" if known.minute is not None else ""
    return f"known: {known.percent:g} % {'without a verdict' if known.verdict == OPEN else known.verdict}{minute}"
