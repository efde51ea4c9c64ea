"""Expands the loops of an execution document: matrix, repeat and parallelism."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text
from spotaction.documents.expressions.lookups import Context, has_unresolved
from spotaction.documents.scalars import whole_number_or_none
from spotaction.documents.tree import Path
from spotaction.model.resources import JsonObject, JsonValue
from spotaction.pipeline.reader import DocumentReader

MAX_ITERATIONS = 256
_KEYS = frozenset({"exclude", "maxConcurrency", "nodeName"})


@dataclass(frozen=True)
class Iteration:
    """One iteration of a loop: the context of its expressions, and the suffix of its steps' names."""

    context: Context
    suffix: str = ""


def read_iterations(path: Path, reader: DocumentReader, context: Context) -> tuple[Iteration, ...]:
    """Return the iterations of the `strategy` at `path`, a single one without a loop; problems go to `reader`."""
    loop = as_mapping(reader.raw_value(path))
    if not loop:
        return (Iteration(context),)
    _check_concurrency(path, loop, reader, context)
    iterations = _iteration_values(path, loop, reader, context)
    if len(iterations) > MAX_ITERATIONS:
        reader.add_problem(path, f"the loop has {len(iterations)} iterations", f"the maximum is {MAX_ITERATIONS}")
        return ()
    if not iterations and not reader.problems:
        reader.add_problem(path, "the loop has no iterations")
    return tuple(
        Iteration(_iteration_context(context, iteration, index, len(iterations)), f"_{index}")
        for index, iteration in enumerate(iterations)
    )


def _iteration_values(path: Path, loop: JsonObject, reader: DocumentReader, context: Context) -> list[JsonObject]:
    """Return what each iteration adds to the context of expressions."""
    if "matrix" in loop:
        return [{"matrix": each} for each in _matrix_values((*path, "matrix"), reader, context)]
    repeat = (*path, "repeat")
    if "items" in as_mapping(loop.get("repeat")):
        return [{"repeat": {"item": each}} for each in _read_list((*repeat, "items"), reader, context)]
    times = (*repeat, "times") if "repeat" in loop else (*path, "parallelism")
    count = _read_count(times, reader, context)
    return [{} for _ in range(min(count, MAX_ITERATIONS + 1))]


def _matrix_values(path: Path, reader: DocumentReader, context: Context) -> list[JsonObject]:
    axes = {
        key: _read_list((*path, key), reader, context) for key in as_mapping(reader.raw_value(path)) if key not in _KEYS
    }
    size = 1
    for values in axes.values():
        size *= len(values)
    if size > MAX_ITERATIONS:
        reader.add_problem(path, f"the matrix has {size} combinations", f"the maximum is {MAX_ITERATIONS}")
        return []
    excluded = as_items(reader.read_value((*path, "exclude"), context))
    found: list[JsonObject] = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    return [each for each in found if not any(_is_excluded(each, as_mapping(rule)) for rule in excluded)]


def _is_excluded(combination: JsonObject, rule: JsonObject) -> bool:
    return bool(rule) and all(
        as_plain_text(combination.get(key)) == as_plain_text(value) for key, value in rule.items()
    )


def _read_list(path: Path, reader: DocumentReader, context: Context) -> list[JsonValue]:
    """Return a list; a text with commas is one too, since the value of an expression is a text."""
    value = reader.read_value(path, context)
    if isinstance(value, str):
        if has_unresolved(value):
            return [value]
        return [part.strip() for part in value.strip("[] ").split(",") if part.strip()]
    return as_items(value)


def _read_count(path: Path, reader: DocumentReader, context: Context) -> int:
    written = reader.read_value(path, context)
    count = whole_number_or_none(written)
    if count is None and not has_unresolved(written):
        reader.add_problem(path, "is not a whole number")
    return 1 if has_unresolved(written) else count or 0


def _check_concurrency(path: Path, loop: JsonObject, reader: DocumentReader, context: Context) -> None:
    """Refuse a maxConcurrency above 1: phases of one group and shifts of one rule have to follow each other."""
    for inner in ((), ("matrix",), ("repeat",)):
        where = (*path, *inner, "maxConcurrency")
        if reader.raw_value(where) is not None and (whole_number_or_none(reader.read_value(where, context)) or 1) > 1:
            reader.add_problem(where, "steps run one after another", "write 1")
    if not any("maxConcurrency" in as_mapping(each) for each in (loop, loop.get("matrix"), loop.get("repeat"))):
        reader.add_note("Loop iterations run one after another, as with maxConcurrency: 1.")


def _iteration_context(context: Context, iteration: JsonObject, index: int, total: int) -> Context:
    roots = dict(context.roots)
    for key, value in iteration.items():
        roots[key] = {**as_mapping(roots.get(key)), **as_mapping(value)}
    counted: Mapping[str, JsonValue] = {"iteration": index, "iterations": total, **iteration}
    roots["strategy"] = {**as_mapping(roots.get("strategy")), **counted}
    return replace(context, roots=roots)
