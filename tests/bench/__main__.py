"""Runs every measurement, prints a table each, and writes them to build/bench.json."""

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.bench import aims, calls, makespan, reaction, startup, validation, waits

OUT = Path("build/bench.json")


def main() -> int:
    """Every part, and what it is held against; 1 if an aim is missed."""
    starts = startup.measure(Path("build/bench-venv/bin"))
    _title("1. Process start to the first byte of the first request (medians of 11 rounds, side by side)")
    _table(("program", "s", "x ours"), [(r.name, f"{r.seconds:.3f}", f"{r.ratio:.2f}") for r in starts])
    looks = waits.measure()
    _title("2. Detection delay in s / looks per wait, by time to healthy, and the mean delay")
    head = ("policy", "n", *(f"{time} s" for time in waits.TIMES), "mean")
    _table(head, [(r.policy, str(r.size), *_cells(r), f"{r.mean:.2f}") for r in looks])
    spans = makespan.measure()
    _title("3. Makespan over its bound (answers take 0.3 s), beside the reference's serial 20 s looks")
    head = ("deployment", "bound s", "ours s", "ratio", "reference s", "ratio", "calls")
    _table(head, [_span(r) for r in spans])
    counts = calls.measure()
    _title(
        "4. API calls: of a deployment, of a re-run that changes nothing, and from a bad state to production put back"
    )
    _table(("case", "calls", "mutations"), [(r.case, str(r.calls), str(r.mutations)) for r in counts])
    back = reaction.measure()
    _title("5. Seconds from a remote failure to the first call of the rollback")
    _table(("case", "mean", "longest"), [(back.case, f"{back.mean:.2f}", f"{back.longest:.2f}")])
    checks = validation.measure()
    _title(f"6. Validation of {checks.size} bytes of documents")
    _table(
        ("", "s"),
        [
            ("the whole process", f"{checks.process:.3f}"),
            (f"the whole process before ({validation.BEFORE[:7]})", f"{checks.before:.3f}"),
            ("in process", f"{checks.inside:.4f}"),
        ],
    )
    memory = startup.deployment_memory(), startup.libraries_memory()
    _title("7. Peak memory of a deployment, AWS included")
    _table(("", "MiB"), [("spotaction", f"{memory[0]:.0f}"), ("its libraries alone", f"{memory[1]:.0f}")])
    found = [
        *aims.starts(starts, *startup.own_imports()),
        *aims.memory(*memory),
        *aims.delays(looks),
        *aims.spans(spans),
        *aims.counts(counts),
        *aims.reactions(back),
        *aims.checks(checks),
    ]
    _title("Aims")
    _table(aims.HEAD, aims.rows(found))
    parts: dict[str, Sequence[object]] = {
        "startup": starts,
        "waits": looks,
        "makespan": spans,
        "calls": counts,
        "validation": [checks],
    }
    _write({**parts, "reaction": [back], "aims": found}, memory[0])
    return 0 if all(aim.met for aim in found) else 1


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


def _title(text: str) -> None:
    sys.stdout.write(f"\n{text}\n")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")


def _write(parts: dict[str, Sequence[object]], memory: float) -> None:
    OUT.parent.mkdir(parents=True, exist_ok=True)
    plain = {name: [dataclasses.asdict(row) for row in rows] for name, rows in parts.items()}  # type: ignore[call-overload]
    OUT.write_text(json.dumps({**plain, "peak-memory-mib": memory}, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"\nWritten to {OUT}\n")


if __name__ == "__main__":
    sys.exit(main())
