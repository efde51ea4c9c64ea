"""What the measurements are held against. An aim out of reach has the limit that was measured, and what sets it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.bench import calls, growth, image, makespan, reaction, startup, validation, waits

HEAD = ("aim", "wanted", "measured", "", "what sets the limit")
SLACK = 0.06
"""What a measurement may be worse than a recorded limit: pairs of the same program differ by as much on two cores."""
_CLASSES = "own modules, two thirds of whose import is Python making frozen dataclasses"


@dataclass(frozen=True)
class Limit:
    """The value that was measured before, on two cores with other work on them, and why it is not better."""

    value: float
    why: str


START = Limit(1.4, f"requests, PyYAML and the interpreter take two fifths of the start, {_CLASSES} the rest")
START_OF_TOOL = Limit(
    0.68, f"it imports requests and boto3 as well, but reads no documents and sends nothing; we have; {_CLASSES}"
)
VALIDATE = Limit(0.58, f"the interpreter, PyYAML and the standard library take 0.2 of it, {_CLASSES} most of the rest")


@dataclass(frozen=True)
class Aim:
    """`verdict` is met, at its limit, or worse; `why` explains one that is not met."""

    what: str
    wanted: str
    measured: str
    verdict: str
    why: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing got worse."""
        return self.verdict != "worse"


def starts(rows: Sequence[startup.Row]) -> Iterator[Aim]:
    """Seconds of CPU to the first request, beside the eager stack and two tools."""
    ratio = {row.name: row.ratio for row in rows}
    yield _least("start, ahead of the same libraries imported eagerly", 2.2, ratio[startup.EAGER], START)
    for name in startup.TOOLS:
        limit = START_OF_TOOL if name.startswith("ecs") else Limit(0.9, _CLASSES)
        yield _least(f"start, ahead of {name}", 1.0, ratio[name], limit)


def memory(own: float) -> Iterator[Aim]:
    """Peak memory in MiB."""
    yield _most("peak memory of a deployment, MiB", 55, own)


def delays(rows: Sequence[waits.Row]) -> Iterator[Aim]:
    """Detection delay and looks."""
    ours = {row.size: row for row in rows if row.policy == "spotaction"}
    fixed = {row.size: row for row in rows if row.policy.startswith("fixed 5 s")}
    for size, row in ours.items():
        yield _most(f"mean detection delay in s, n = {size}", 2.5 if size == 1 else 1.5, row.mean)
    most = max(
        mine / theirs for size, row in ours.items() for mine, theirs in zip(row.looks, fixed[size].looks, strict=True)
    )
    yield _most("reads of a wait, over those of a fixed 5 s, at most", 1.0, most)


def reactions(row: reaction.Row) -> Iterator[Aim]:
    """From a remote failure to the rollback."""
    yield _most("mean seconds from a remote failure to the first call of the rollback", 2.5, row.mean)


def spans(rows: Sequence[makespan.Row]) -> Iterator[Aim]:
    """Makespan over its bound."""
    for row in rows:
        wanted = 1.005 if row.case.startswith("blue") else 1.02
        yield _most(f"makespan over its bound, {row.case}", wanted, row.own / row.bound, digits=4)


def counts(rows: Sequence[calls.Row]) -> Iterator[Aim]:
    """Calls from a bad state to production put back."""
    yield _most("calls from a bad state to production restored", 3, rows[-1].calls)


def checks(row: validation.Row) -> Iterator[Aim]:
    """Validation of a document set of 8 KB."""
    yield _most("CPU of validate, over the commit before", 0.55, row.process.cpu / row.before.cpu, VALIDATE)
    yield _most("validate, seconds in process", 0.012, row.inside, digits=4)


def growths(rows: Sequence[growth.Row]) -> Iterator[Aim]:
    """Exponents: 1 is in proportion to what is large. CPU is shown, not judged: other programs change it by a fifth."""
    for row in rows:
        for name, cost in growth.COSTS.items():
            if name != growth.CPU:
                yield _most(f"growth of {name} with {row.case}", 1.1, row.exponent(cost))


def images(row: image.Row) -> Iterator[Aim]:
    """The size of the libraries, and what the container's start adds to the bare interpreter's."""
    yield _most("libraries in the image, MB", 19, row.libraries / image.MB, digits=1)
    if not row.why:
        added = row.first_line - row.interpreter
        yield _most("docker run to the first log line, seconds beside the bare interpreter's", 0.25, added)


def _least(what: str, wanted: float, measured: float, limit: Limit) -> Aim:
    if measured >= wanted:
        return Aim(what, f">= {wanted}", f"{measured:.2f}", "met")
    verdict = "at its limit" if measured >= limit.value * (1 - SLACK) else "worse"
    return Aim(what, f">= {wanted}", f"{measured:.2f}", verdict, f"{limit.value} was measured: {limit.why}")


def _most(what: str, wanted: float, measured: float, limit: Limit | None = None, digits: int = 2) -> Aim:
    shown = f"{measured:.{digits}f}"
    if measured <= wanted:
        return Aim(what, f"<= {wanted}", shown, "met")
    if limit is None:
        return Aim(what, f"<= {wanted}", shown, "worse")
    verdict = "at its limit" if measured <= limit.value * (1 + SLACK) else "worse"
    return Aim(what, f"<= {wanted}", shown, verdict, f"{limit.value} was measured: {limit.why}")


def rows(found: Sequence[Aim]) -> list[tuple[str, ...]]:
    """The lines of a table."""
    return [(aim.what, aim.wanted, aim.measured, aim.verdict, aim.why) for aim in found]
