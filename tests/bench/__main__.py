"""Runs every measurement, prints a table each, and judges; with --write the documentation gets the tables."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.bench import aims, calls, growth, image, makespan, reaction, startup, validation, waits
from tests.bench.processes import BEFORE
from tests.bench.report import Table, print_table, write_documents

TOOLS = Path("build/bench-venv/bin")


def main() -> int:
    """Measure, print, judge; returns 1 if an aim is missed, or a limit that was measured before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    options = parser.parse_args()
    tables: list[Table] = []
    found: list[aims.Aim] = []
    for table, judged in _measure():
        print_table(table)
        tables.append(table)
        found += judged
    verdicts = Table("Aims", aims.HEAD, aims.rows(found))
    print_table(verdicts)
    if options.write:
        write_documents([verdicts, *tables])
    return 0 if all(aim.passed for aim in found) else 1


def _measure() -> Iterator[tuple[Table, Iterable[aims.Aim]]]:
    yield _starts()
    checks = validation.measure()
    yield _checks(checks), aims.checks(checks)
    own, libraries = startup.deployment_memory(), startup.libraries_memory()
    rows = [("spotaction", f"{own:.1f}"), ("its libraries alone, with clients", f"{libraries:.1f}")]
    yield Table("Peak memory of a blue-green deployment, AWS included", ("", "MiB"), rows), aims.memory(own)
    yield from _simulated()
    grown = growth.measure()
    head = ("what is large", "size", *growth.COSTS)
    title = (
        "Growth: calls, functions called, seconds of CPU, MiB, characters written; the exponent is 1 in proportion, "
        "0 without growth"
    )
    yield Table(title, head, [line for each in grown for line in _growth(each)]), aims.growths(grown)
    size = image.measure()
    yield _image(size), aims.images(size)


def _simulated() -> Iterator[tuple[Table, Iterable[aims.Aim]]]:
    """What runs in simulated time, where other work does no harm: on all cores."""
    with ProcessPoolExecutor() as pool:
        spanning, looking = pool.submit(makespan.measure), pool.submit(waits.measure)
        now, before = pool.submit(calls.measure), pool.submit(calls.measure_before)
        reacting = pool.submit(reaction.measure)
        looks = looking.result()
        head = ("policy", "n", *(f"{time} s" for time in waits.TIMES), "mean")
        rows_of_waits = [(r.policy, str(r.size), *_cells(r), f"{r.mean:.2f}") for r in looks]
        title = "Detection delay in s / reads per wait, by seconds until healthy, and the mean delay"
        yield Table(title, head, rows_of_waits), aims.delays(looks)
        spans = spanning.result()
        head = ("deployment", "bound s", "ours s", "ratio", "serial s", "ratio", "calls")
        title = "Makespan over its bound (answers take 0.3 s), beside serial reads every 20 s"
        yield Table(title, head, [_span(row) for row in spans]), aims.spans(spans)
        yield _counts(now.result(), before.result())
        back = reacting.result()
        title = "Seconds from a remote failure to the first call of the rollback"
        row = (back.case, f"{back.mean:.2f}", f"{back.longest:.2f}")
        yield Table(title, ("case", "mean", "longest"), [row]), aims.reactions(back)


def _starts() -> tuple[Table, Iterable[aims.Aim]]:
    found = startup.measure(TOOLS)
    own, made = startup.own_imports()
    rows = [(r.name, f"{r.seconds:.3f}", f"{r.cpu:.3f}", f"{r.ratio:.2f}") for r in found]
    rows.append(("of ours: importing own modules", "", f"{own:.3f}", ""))
    rows.append(("of that: making dataclasses", "", f"{made:.3f}", ""))
    title = "Process start to the first byte of the first request: the least of the rounds, side by side"
    return Table(title, ("program", "s", "s of CPU", "CPU x ours"), rows), aims.starts(found)


def _checks(found: validation.Row) -> Table:
    costs = {
        "the whole process": found.process,
        "the same once more: the noise of this machine": found.again,
        f"the whole process before ({BEFORE[:7]})": found.before,
        "PyYAML and jsonschema alone": found.floor,
    }
    rows = [(name, f"{cost.seconds:.3f}", f"{cost.cpu:.3f}") for name, cost in costs.items()]
    return Table(
        f"Validation of {found.size} bytes of documents",
        ("", "s", "s of CPU"),
        [*rows, ("in process", "", f"{found.inside:.4f}")],
    )


def _counts(now: Sequence[calls.Row], before: Sequence[calls.Row]) -> tuple[Table, Iterable[aims.Aim]]:
    old = {row.case: row for row in before}
    rows = [(row.case, str(old[row.case].calls), str(row.calls), str(row.mutations)) for row in now]
    title = f"API calls, before ({BEFORE[:7]}) and now"
    return Table(title, ("case", "before", "now", "writes"), rows), aims.counts(now)


def _growth(row: growth.Row) -> Iterator[tuple[str, ...]]:
    for each in row.sizes:
        yield (
            row.case,
            f"{each.size:,}",
            f"{each.calls:,}",
            f"{each.work:,}",
            f"{each.cpu:.2f}",
            f"{each.peak:.1f}",
            f"{each.written:,}",
        )
    yield (row.case, "exponent", *(f"{row.exponent(cost):.2f}" for cost in growth.COSTS.values()))


def _image(row: image.Row) -> Table:
    rows = [("libraries, trimmed, without bytecode, MB", f"{row.libraries / image.MB:.1f}")]
    if row.why:
        rows.append((f"not measured: {row.why}", ""))
    else:
        base = "a stand-in of this machine's Python" if row.stand_in else "python:3.13-slim"
        rows += [
            (f"image, MB, on {base} of {row.base / image.MB:.1f}", f"{row.image / image.MB:.1f}"),
            ("docker build without a cache, s", f"{row.build:.0f}"),
            ("docker run to the first log line, s", f"{row.first_line:.2f}"),
            ("docker run to the first line of the bare interpreter, s", f"{row.interpreter:.2f}"),
        ]
    return Table("The image", ("", ""), rows)


def _span(row: makespan.Row) -> tuple[str, ...]:
    ratios = (row.own / row.bound, row.reference / row.bound)
    return (
        row.case,
        f"{row.bound:.0f}",
        f"{row.own:.0f}",
        f"{ratios[0]:.4f}",
        f"{row.reference:.0f}",
        f"{ratios[1]:.3f}",
        str(row.calls),
    )


def _cells(row: waits.Row) -> Iterable[str]:
    return (f"{delay:.1f}/{looks:.0f}" for delay, looks in zip(row.seconds, row.looks, strict=True))


if __name__ == "__main__":
    sys.exit(main())
