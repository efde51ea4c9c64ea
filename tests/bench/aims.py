"""What the measurements are held against, and for an aim that is missed, what stands in the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.bench import calls, makespan, reaction, startup, validation, waits

HEAD = ("aim", "wanted", "measured", "", "what sets the limit")
_LOOKS = "the looks of its waits; every other call is part of the bound"


@dataclass(frozen=True)
class Aim:
    """`limit` says what is in the way of an aim that is missed."""

    what: str
    wanted: str
    measured: str
    met: bool
    limit: str = ""


def starts(rows: Sequence[startup.Row], own: float, made: float) -> Iterator[Aim]:
    """Start-up, beside the eager stack and two tools; of `own` seconds of imports `made` go into dataclasses."""
    ratio = {row.name: row.ratio for row in rows}
    ours = f"our imports: {own:.2f} s, {made:.2f} s of it Python making dataclasses"
    most = ratio[startup.EAGER] / ratio[startup.FLOOR]
    libraries = f"requests, PyYAML and jsonschema alone: x {most:.1f}; {ours}"
    yield _least("start, ahead of the same libraries imported eagerly", 2.2, ratio[startup.EAGER], libraries)
    for name in startup.TOOLS:
        yield _least(f"start, ahead of {name}", 1.0, ratio[name], ours)


def memory(own: float, libraries: float) -> Iterator[Aim]:
    """Peak memory in MiB."""
    yield _most(
        "peak memory of a deployment, MiB", 55, own, f"boto3, its clients and the other libraries: {libraries:.0f}"
    )


def delays(rows: Sequence[waits.Row]) -> Iterator[Aim]:
    """Detection delay and looks."""
    ours = {row.size: row for row in rows if row.policy == "spotaction"}
    fixed = {row.size: row for row in rows if row.policy.startswith("fixed 5 s")}
    for size, row in ours.items():
        yield _most(f"mean detection delay in s, n = {size}", 2.5 if size == 1 else 1.5, row.mean, "")
    most = max(
        mine / theirs for size, row in ours.items() for mine, theirs in zip(row.looks, fixed[size].looks, strict=True)
    )
    yield _most("looks over those of a fixed 5 s, at most", 1.0, most, "")


def reactions(row: reaction.Row) -> Iterator[Aim]:
    """From a remote failure to the rollback."""
    yield _most("mean seconds from a remote failure to the first call of the rollback", 2.5, row.mean, "")


def spans(rows: Sequence[makespan.Row]) -> Iterator[Aim]:
    """Makespan over its bound."""
    for row in rows:
        wanted = 1.005 if row.case.startswith("blue") else 1.02
        yield _most(f"makespan over its bound, {row.case}", wanted, row.own / row.bound, _LOOKS, digits=4)


def counts(rows: Sequence[calls.Row]) -> Iterator[Aim]:
    """Calls from a bad state to production put back."""
    yield _most("calls from a bad state to production put back", 3, rows[-1].calls, "")


def checks(row: validation.Row) -> Iterator[Aim]:
    """Validation of a document set of 8 KB."""
    slow = "the interpreter, PyYAML and jsonschema; our imports"
    yield _most("validate, over the commit before it imported less", 0.55, row.process / row.before, slow)
    yield _most("validate, seconds in process", 0.012, row.inside, "", digits=4)


def _least(what: str, wanted: float, measured: float, limit: str) -> Aim:
    return Aim(what, f">= {wanted}", f"{measured:.2f}", measured >= wanted, limit)


def _most(what: str, wanted: float, measured: float, limit: str, digits: int = 2) -> Aim:
    return Aim(what, f"<= {wanted}", f"{measured:.{digits}f}", measured <= wanted, limit)


def rows(found: Sequence[Aim]) -> list[tuple[str, ...]]:
    """The lines of a table."""
    return [
        (aim.what, aim.wanted, aim.measured, "met" if aim.met else "missed", "" if aim.met else aim.limit)
        for aim in found
    ]
