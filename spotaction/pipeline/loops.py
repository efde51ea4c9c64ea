"""Expands the loops of an execution document: matrix, repeat and parallelism."""

import itertools
from dataclasses import dataclass, replace
from math import floor

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text
from spotaction.documents.expressions.lookups import Context, has_unresolved
from spotaction.documents.scalars import whole_number_or_none
from spotaction.documents.tree import Path
from spotaction.documents.wording import hint_nearest, quote_value
from spotaction.model.resources import JsonObject, JsonValue
from spotaction.pipeline.reader import DocumentReader

MAX_ITERATIONS = 256
_KEYS = frozenset({"exclude", "maxConcurrency", "nodeName"})
_WITHOUT_END = "without it Harness leaves out the last item; write end: {} to run all"
_NAMES = frozenset({"matrix", "repeat", "strategy", "stage.matrix", "stage.iteration", "stage.iterations"})


@dataclass(frozen=True)
class Iteration:
    """One iteration of a loop: the context of its expressions, and the suffix of its steps' names.

    `repeated` is whether the loop has further iterations.
    """

    context: Context
    suffix: str = ""
    repeated: bool = False


def read_iterations(path: Path, reader: DocumentReader, context: Context) -> tuple[Iteration, ...]:
    """Return the iterations of the `strategy` at `path`, a single one without a loop; problems go to `reader`."""
    loop = as_mapping(reader.raw_value(path))
    if has_unresolved(reader.raw_value(path)):
        reader.unchecked.add(path[:-1])
        return (Iteration(_without_loop(context)),)
    if not loop:
        return (Iteration(context),)
    _check_concurrency(path, loop, reader, context)
    if loop.get("onFailure") == "RunAll":
        reader.add_note("onFailure: RunAll of loops is ignored; failureStrategies decide what follows a failure.")
    values = _iteration_values(path, loop, reader, context)
    found = []
    for index, each in enumerate(values):
        own = _iteration_context(context, each, index, len(values), "step")
        found.append(Iteration(own, _suffix(path, loop, reader, own, index), repeated=len(values) > 1))
    return tuple(found)


def with_stage_iteration(path: Path, reader: DocumentReader, context: Context) -> Context:
    """Return the context with the values of the stage's loop at `path`, of the iteration that this job runs.

    That is the one that the job's matrix names, or the only one. Another loop adds a problem: a job runs one
    deployment. The axis of `repeat` is called `item` or `partition`, that of a number of times `iteration`.
    """
    loop = as_mapping(reader.raw_value(path))
    if has_unresolved(reader.raw_value(path)):
        return _without_loop(context)
    if not loop:
        return context
    values = _iteration_values(path, loop, reader, context)
    if any(map(has_unresolved, values)):
        return _without_loop(context)
    given = as_mapping(context.roots.get("matrix"))
    axes = [_axes_of(each, index) for index, each in enumerate(values)]
    chosen = [index for index, each in enumerate(axes) if len(axes) == 1 or _is_part(each, given)]
    if not chosen:
        if values and not context.is_offline:
            _refuse_several(path, reader, axes, given)
        return _without_loop(context)
    return _iteration_context(context, values[chosen[0]], chosen[0], len(values), "stage")


def _without_loop(context: Context) -> Context:
    """The context where the values of a loop are not known."""
    return replace(context, deferred=context.deferred | _NAMES)


def _refuse_several(path: Path, reader: DocumentReader, axes: list[JsonObject], given: JsonObject) -> None:
    names = ", ".join(axes[0])
    hint = f"give the job a strategy.matrix of {names}"
    message = f"the stage runs {len(axes)} times, but a job runs one deployment"
    if axes[0].keys() & given.keys():
        told = ", ".join(f"{name}: {as_plain_text(given.get(name)) or 'none'}" for name in axes[0])
        message = f"the job's matrix ({told}) names none of the {len(axes)} iterations of the stage"
        example = ", ".join(f"{name}: {as_plain_text(value)}" for name, value in axes[0].items())
        hint = f"the first one is {example}"
    reader.add_problem(path, message, hint, of_key=True)


def _axes_of(values: JsonObject, index: int) -> JsonObject:
    return as_mapping(values.get("matrix") or values.get("repeat")) or {"iteration": index}


def _iteration_values(path: Path, loop: JsonObject, reader: DocumentReader, context: Context) -> list[JsonObject]:
    """Return what each iteration adds to the context of expressions."""
    known = len(reader.problems)
    if "matrix" in loop:
        values: list[JsonObject] = [{"matrix": each} for each in _matrix_values((*path, "matrix"), reader, context)]
    elif "repeat" in loop:
        values = _read_repeat((*path, "repeat"), reader, context)
    else:
        values = _read_times((*path, "parallelism"), reader, context)
    if len(values) > MAX_ITERATIONS:
        reader.add_problem(path, f"the loop has more than {MAX_ITERATIONS} iterations")
        return []
    if not values and len(reader.problems) == known:
        reader.add_problem(path, "the loop has no iterations", "skip it with a condition, strategy.when")
    return values


def _read_repeat(path: Path, reader: DocumentReader, context: Context) -> list[JsonObject]:
    """Return what each iteration of the `repeat` at `path` adds to the context of expressions.

    No more than MAX_ITERATIONS + 1 iterations are returned of `times`; problems go to `reader`.
    """
    repeat = as_mapping(reader.raw_value(path))
    if "times" in repeat:
        unused = [key for key in ("start", "end", "partitionSize", "unit") if key in repeat]
        if unused:
            reader.add_note(f"{', '.join(unused)} of a loop without items: ignored, as in Harness.")
        return _read_times((*path, "times"), reader, context)
    items = reader.read_list((*path, "items"), context)
    percentage = repeat.get("unit") == "Percentage"
    if "partitionSize" in repeat:
        return _read_partitions(path, items, reader, context, percentage=percentage)
    return [{"repeat": {"item": each}} for each in _read_range(path, items, reader, context, percentage=percentage)]


def _read_times(path: Path, reader: DocumentReader, context: Context) -> list[JsonObject]:
    """Return an empty mapping for each of the iterations whose number is at `path`: one where it is not known."""
    count = reader.read_count(path, context)
    return [{}] * min(int(path in reader.unchecked) if count is None else count, MAX_ITERATIONS + 1)


def _read_partitions(
    path: Path, items: list[JsonValue], reader: DocumentReader, context: Context, *, percentage: bool
) -> list[JsonObject]:
    if reader.raw_value((*path, "start")) is not None or reader.raw_value((*path, "end")) is not None:
        reader.add_note("start and end of a loop with partitionSize: ignored, as in Harness.")
    size = reader.read_count((*path, "partitionSize"), context)
    if size is None:
        return [{"repeat": {"partition": ",".join(map(as_plain_text, items))}}] if _is_open(path, reader) else []
    if size == 0:
        reader.add_problem((*path, "partitionSize"), "0 is not a valid partition size", "write 1 or more")
        return []
    if percentage:
        size = max(1, _share(size, len(items)))
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    return [{"repeat": {"partition": ",".join(map(as_plain_text, part))}} for part in parts]


def _read_range(
    path: Path, items: list[JsonValue], reader: DocumentReader, context: Context, *, percentage: bool
) -> list[JsonValue]:
    """Return the items from `start` up to `end`, which does not run any more."""
    first, last = (
        reader.read_count((*path, key), context) if reader.raw_value((*path, key)) is not None else None
        for key in ("start", "end")
    )
    if _is_open(path, reader):
        return items
    if last is None:
        for key in ("start", "unit"):
            if reader.raw_value((*path, key)) is not None and (key == "start" or percentage):
                hint = _WITHOUT_END.format(100 if percentage else len(items))
                reader.add_problem((*path, key), "'end' is missing", hint)
                return []
        return items
    if percentage:
        first, last = _share(first or 0, len(items)), max(1, _share(last, len(items)))
    return items[first or 0 : last]


def _is_open(path: Path, reader: DocumentReader) -> bool:
    """Whether a value that limits the items is not known."""
    return not reader.unchecked.isdisjoint((*path, key) for key in ("start", "end", "partitionSize"))


def _share(percentage: int, size: int) -> int:
    """Return the number of items that a percentage is; halves are rounded up, as in Harness."""
    return floor(percentage * size / 100 + 0.5)


def _matrix_values(path: Path, reader: DocumentReader, context: Context) -> list[JsonObject]:
    axes = {
        key: reader.read_list((*path, key), context) for key in as_mapping(reader.raw_value(path)) if key not in _KEYS
    }
    size = 1
    for values in axes.values():
        size *= len(values)
    if size > MAX_ITERATIONS:
        reader.add_problem(path, f"the matrix has {size} combinations", f"the maximum is {MAX_ITERATIONS}")
        return []
    found: list[JsonObject] = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    excluded = as_items(reader.read_value((*path, "exclude"), context))
    for index, rule in enumerate(map(as_mapping, excluded)):
        _check_exclusion((*path, "exclude", index), rule, found, reader)
    return [each for each in found if each and not any(_is_part(as_mapping(rule), each) for rule in excluded if rule)]


def _check_exclusion(path: Path, rule: JsonObject, found: list[JsonObject], reader: DocumentReader) -> None:
    """Refuse an axis that does not exist, and note a combination that does not: nothing would be left out."""
    axes = found[0] if found else rule
    for key in rule.keys() - axes.keys():
        reader.add_problem((*path, key), f"no axis is named {quote_value(key)}", hint_nearest(key, axes), of_key=True)
    if rule.keys() <= axes.keys() and not any(_is_part(rule, each) for each in found):
        told = ", ".join(f"{key}: {as_plain_text(value)}" for key, value in rule.items())
        reader.add_note(f"exclude of a matrix has no effect, since no combination has {told}.")


def _is_part(rule: JsonObject, values: JsonObject) -> bool:
    """Whether all values of `rule` are those of the same names in `values`; numbers are equal to their text."""
    return all(
        key in values and (values[key] == value or as_plain_text(values[key]) == as_plain_text(value) != "")
        for key, value in rule.items()
    )


def _suffix(path: Path, loop: JsonObject, reader: DocumentReader, context: Context, index: int) -> str:
    """The suffix of an iteration: its `nodeName`, else its number, as in Harness."""
    for kind in ("matrix", "repeat"):
        if as_mapping(loop.get(kind)).get("nodeName") is not None:
            name = reader.read_text((*path, kind, "nodeName"), context).strip()
            return f"_{name}" if name else f"_{index}"
    return f"_{index}"


def _check_concurrency(path: Path, loop: JsonObject, reader: DocumentReader, context: Context) -> None:
    """Refuse a maxConcurrency above 1: phases of one group and shifts of one rule have to follow each other."""
    for inner in ((), ("matrix",), ("repeat",)):
        where = (*path, *inner, "maxConcurrency")
        if reader.raw_value(where) is not None and (whole_number_or_none(reader.read_value(where, context)) or 1) > 1:
            reader.add_problem(where, "steps run one after another", "write 1")
    if not any("maxConcurrency" in as_mapping(each) for each in (loop, loop.get("matrix"), loop.get("repeat"))):
        reader.add_note("Loop iterations run one after another, as with maxConcurrency: 1.")


def _iteration_context(context: Context, values: JsonObject, index: int, total: int, owner: str) -> Context:
    """Return the context with the values of an iteration, also as those of `owner`: its step, or the stage."""
    roots = dict(context.roots)
    for key, value in values.items():
        roots[key] = {**as_mapping(roots.get(key)), **as_mapping(value)}
    counted: JsonObject = {"iteration": index, "iterations": total}
    looped = {key: roots[key] for key in values}
    own = {owner: {**counted, **looped}, "strategy": {**counted, "identifierPostFix": f"_{index}", **looped}}
    for root, more in own.items():
        roots[root] = {**as_mapping(roots.get(root)), **more}
    return replace(context, roots=roots)
