"""Unfolds the loops of an execution document: matrix, repeat and parallelism, one iteration after another."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text
from spotaction.documents.expressions.lookups import has_unresolved
from spotaction.documents.expressions.resolver import Context
from spotaction.documents.findings import whole_number_or_none
from spotaction.documents.tree import Path
from spotaction.model.resources import JsonObject, JsonValue
from spotaction.pipeline.reader import DocumentReader

MAX_ITERATIONS = 256
_KEYS = frozenset({"exclude", "maxConcurrency", "nodeName"})


@dataclass(frozen=True)
class Iteration:
    """One turn of a loop: what its expressions may look up, and what its steps' names end in."""

    context: Context
    suffix: str = ""


def read_iterations(path: Path, reading: DocumentReader, context: Context) -> tuple[Iteration, ...]:
    """The turns of the `strategy` at `path`; a single one when there is none."""
    loop = as_mapping(reading.raw_value(path))
    if not loop:
        return (Iteration(context),)
    _at_once(path, loop, reading, context)
    turns = _iteration_values(path, loop, reading, context)
    if len(turns) > MAX_ITERATIONS:
        reading.add_problem(path, f"the loop has {len(turns)} turns", f"{MAX_ITERATIONS} are possible")
        return ()
    if not turns and not reading.problems:
        reading.add_problem(path, "the loop has no turn at all")
    return tuple(
        Iteration(_iteration_context(context, turn, index, len(turns)), f"_{index}") for index, turn in enumerate(turns)
    )


def _iteration_values(path: Path, loop: JsonObject, reading: DocumentReader, context: Context) -> list[JsonObject]:
    """What each turn adds to the roots of expressions."""
    if "matrix" in loop:
        return [{"matrix": each} for each in _matrix_values((*path, "matrix"), reading, context)]
    repeat = (*path, "repeat")
    if "items" in as_mapping(loop.get("repeat")):
        return [{"repeat": {"item": each}} for each in _read_list((*repeat, "items"), reading, context)]
    times = (*repeat, "times") if "repeat" in loop else (*path, "parallelism")
    count = _read_count(times, reading, context)
    return [{} for _ in range(min(count, MAX_ITERATIONS + 1))]


def _matrix_values(path: Path, reading: DocumentReader, context: Context) -> list[JsonObject]:
    axes = {
        key: _read_list((*path, key), reading, context)
        for key in as_mapping(reading.raw_value(path))
        if key not in _KEYS
    }
    size = 1
    for values in axes.values():
        size *= len(values)
    if size > MAX_ITERATIONS:
        reading.add_problem(path, f"the matrix has {size} combinations", f"{MAX_ITERATIONS} are possible")
        return []
    excluded = as_items(reading.read_value((*path, "exclude"), context))
    found: list[JsonObject] = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    return [each for each in found if not any(_is_excluded(each, as_mapping(rule)) for rule in excluded)]


def _is_excluded(combination: JsonObject, rule: JsonObject) -> bool:
    return bool(rule) and all(
        as_plain_text(combination.get(key)) == as_plain_text(value) for key, value in rule.items()
    )


def _read_list(path: Path, reading: DocumentReader, context: Context) -> list[JsonValue]:
    """A list; a text with commas is one too, since an expression can only answer single values."""
    value = reading.read_value(path, context)
    if isinstance(value, str):
        return [part.strip() for part in value.strip("[] ").split(",") if part.strip()]
    return as_items(value)


def _read_count(path: Path, reading: DocumentReader, context: Context) -> int:
    written = reading.read_value(path, context)
    count = whole_number_or_none(written)
    if count is None and not has_unresolved(written):
        reading.add_problem(path, "is not a whole number")
    return count or 0


def _at_once(path: Path, loop: JsonObject, reading: DocumentReader, context: Context) -> None:
    """Steps run one after another: who asks for more at once has to know."""
    for inner in ((), ("matrix",), ("repeat",)):
        where = (*path, *inner, "maxConcurrency")
        if reading.raw_value(where) is not None and (whole_number_or_none(reading.read_value(where, context)) or 1) > 1:
            hint = "write 1: shifts of one rule and phases of one group cannot overtake each other"
            reading.add_problem(where, "steps run one after another here", hint)
    if not any("maxConcurrency" in as_mapping(each) for each in (loop, loop.get("matrix"), loop.get("repeat"))):
        reading.add_note("Loops run one turn after another here, as with maxConcurrency: 1.")


def _iteration_context(context: Context, turn: JsonObject, index: int, total: int) -> Context:
    roots = dict(context.roots)
    for key, value in turn.items():
        roots[key] = {**as_mapping(roots.get(key)), **as_mapping(value)}
    counted: Mapping[str, JsonValue] = {"iteration": index, "iterations": total, **turn}
    roots["strategy"] = {**as_mapping(roots.get("strategy")), **counted}
    return replace(context, roots=roots)
