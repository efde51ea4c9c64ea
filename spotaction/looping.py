"""Unfolds the loops of an execution document: matrix, repeat and parallelism, one iteration after another."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from spotaction.expressions import Context
from spotaction.findings import whole
from spotaction.lookups import has_unresolved
from spotaction.model import JsonObject, JsonValue
from spotaction.nodes import Path
from spotaction.reading import Reading
from spotaction.values import items, mapping, text

MAX_ITERATIONS = 256
_KEYS = frozenset({"exclude", "maxConcurrency", "nodeName"})


@dataclass(frozen=True)
class Iteration:
    """One turn of a loop: what its expressions may look up, and what its steps' names end in."""

    context: Context
    suffix: str = ""


def iterations(path: Path, reading: Reading, context: Context) -> tuple[Iteration, ...]:
    """The turns of the `strategy` at `path`; a single one when there is none."""
    loop = mapping(reading.raw(path))
    if not loop:
        return (Iteration(context),)
    _at_once(path, loop, reading, context)
    turns = _turns(path, loop, reading, context)
    if len(turns) > MAX_ITERATIONS:
        reading.problem(path, f"the loop has {len(turns)} turns", f"{MAX_ITERATIONS} are possible")
        return ()
    if not turns and not reading.problems:
        reading.problem(path, "the loop has no turn at all")
    return tuple(Iteration(_within(context, turn, index, len(turns)), f"_{index}") for index, turn in enumerate(turns))


def _turns(path: Path, loop: JsonObject, reading: Reading, context: Context) -> list[JsonObject]:
    """What each turn adds to the roots of expressions."""
    if "matrix" in loop:
        return [{"matrix": each} for each in _matrix((*path, "matrix"), reading, context)]
    repeat = (*path, "repeat")
    if "items" in mapping(loop.get("repeat")):
        return [{"repeat": {"item": each}} for each in _list((*repeat, "items"), reading, context)]
    times = (*repeat, "times") if "repeat" in loop else (*path, "parallelism")
    count = _count(times, reading, context)
    return [{} for _ in range(min(count, MAX_ITERATIONS + 1))]


def _matrix(path: Path, reading: Reading, context: Context) -> list[JsonObject]:
    axes = {key: _list((*path, key), reading, context) for key in mapping(reading.raw(path)) if key not in _KEYS}
    size = 1
    for values in axes.values():
        size *= len(values)
    if size > MAX_ITERATIONS:
        reading.problem(path, f"the matrix has {size} combinations", f"{MAX_ITERATIONS} are possible")
        return []
    excluded = items(reading.value((*path, "exclude"), context))
    found: list[JsonObject] = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    return [each for each in found if not any(_matches(each, mapping(rule)) for rule in excluded)]


def _matches(combination: JsonObject, rule: JsonObject) -> bool:
    return bool(rule) and all(text(combination.get(key)) == text(value) for key, value in rule.items())


def _list(path: Path, reading: Reading, context: Context) -> list[JsonValue]:
    """A list; a text with commas is one too, since an expression can only answer single values."""
    value = reading.value(path, context)
    if isinstance(value, str):
        return [part.strip() for part in value.strip("[] ").split(",") if part.strip()]
    return items(value)


def _count(path: Path, reading: Reading, context: Context) -> int:
    written = reading.value(path, context)
    count = whole(written)
    if count is None and not has_unresolved(written):
        reading.problem(path, "is not a whole number")
    return count or 0


def _at_once(path: Path, loop: JsonObject, reading: Reading, context: Context) -> None:
    """Steps run one after another: who asks for more at once has to know."""
    for inner in ((), ("matrix",), ("repeat",)):
        where = (*path, *inner, "maxConcurrency")
        if reading.raw(where) is not None and (whole(reading.value(where, context)) or 1) > 1:
            hint = "write 1: shifts of one rule and phases of one group cannot overtake each other"
            reading.problem(where, "steps run one after another here", hint)
    if not any("maxConcurrency" in mapping(each) for each in (loop, loop.get("matrix"), loop.get("repeat"))):
        reading.note("Loops run one turn after another here, as with maxConcurrency: 1.")


def _within(context: Context, turn: JsonObject, index: int, total: int) -> Context:
    roots = dict(context.roots)
    for key, value in turn.items():
        roots[key] = {**mapping(roots.get(key)), **mapping(value)}
    counted: Mapping[str, JsonValue] = {"iteration": index, "iterations": total, **turn}
    roots["strategy"] = {**mapping(roots.get("strategy")), **counted}
    return replace(context, roots=roots)
