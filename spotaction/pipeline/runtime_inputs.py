"""Runtime inputs of an execution document: which variable gives the value of an `<+input>`, and blocks that are one."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from spotaction.documents.accessors import as_plain_text
from spotaction.documents.expressions.lookups import BadExpressionError, Context, Unresolved, has_unresolved
from spotaction.documents.expressions.resolver import iterate_expressions
from spotaction.documents.expressions.runtime_input import (
    RuntimeInput,
    is_runtime_input,
    parse_runtime_input,
    resolve_runtime_input,
)
from spotaction.documents.tree import Path, dotted_path
from spotaction.documents.wording import quote_value
from spotaction.model.errors import Problem
from spotaction.model.resources import JsonValue
from spotaction.pipeline.reader import DocumentReader
from spotaction.pipeline.stages import FoundExecution
from spotaction.pipeline.unsupported_steps import schema_problems

_BLOCKS = frozenset({"failureStrategies", "when", "strategy", "matrix"})
_LOOP_CONDITION = ("strategy", "when")
_AROUND = ("failureStrategies", "when", "strategy", "enforce", "variables")


@dataclass(frozen=True)
class _Input:
    """An `<+input>` at `path`: the names that give its value in the input variables, the most specific one first."""

    path: Path
    names: tuple[str, ...]


def with_runtime_inputs(found: FoundExecution, reader: DocumentReader, context: Context) -> Context:
    """Return the context that knows the value of each `<+input>` of the execution and around it, or a hint for it.

    A field is given by its path, by STEP.KEY with the identifier of the step, or by KEY; a variable by its name. Blocks
    that are an `<+input>`, such as `strategy`, are replaced in the document of `reader`, and checked there.
    """
    places = [found.execution, *((*level, key) for level in found.around for key in _AROUND)]
    inputs = [each for place in places for each in _find_inputs(reader, place)]
    known = context.runtime_values
    values = {
        dotted_path(each.path): known[name]
        for each in inputs
        for name in (*reversed(each.names), dotted_path(each.path))
        if name in known
    }
    often = Counter(each.names[-1] for each in inputs)
    hints = {dotted_path(each.path): _hint(each, often[each.names[-1]]) for each in inputs}
    context = replace(context, runtime_values={**known, **values}, runtime_hints={**context.runtime_hints, **hints})
    blocks = [each.path for each in inputs if each.path[-1] in _BLOCKS and each.path[-2:] != _LOOP_CONDITION]
    if blocks:
        _fill_blocks(blocks, reader, context)
    return context


def _find_inputs(reader: DocumentReader, start: Path) -> Iterator[_Input]:
    for path, text in iterate_expressions(reader.raw_value(start), start):
        if is_runtime_input(text):
            yield _Input(path, _names_of(path, reader))


def _names_of(path: Path, reader: DocumentReader) -> tuple[str, ...]:
    if path[-3:-2] == ("variables",):
        return (as_plain_text(reader.raw_value((*path[:-1], "name"))),)
    key = next(part for part in reversed(path) if isinstance(part, str))
    heads = (path[:length] for length in range(len(path) - 1, 0, -1))
    owner = next((text for head in heads if (text := as_plain_text(reader.raw_value((*head, "identifier"))))), "")
    return (f"{owner}.{key}", key) if owner else (key,)


def _hint(each: _Input, times: int) -> str:
    first, last = each.names[0], each.names[-1]
    if times == 1 or first == last:
        return f"set '{last}' in the input variables"
    return f"set '{first}' in the input variables, or '{last}' for all {times} places"


def _fill_blocks(blocks: list[Path], reader: DocumentReader, context: Context) -> None:
    """Replace blocks in the document of `reader` by their values, and check it; problems go to `reader`."""
    provided: dict[Path, JsonValue] = {}
    for path in blocks:
        name = dotted_path(path)
        try:
            asked = parse_runtime_input(as_plain_text(reader.raw_value(path)))
            assert asked is not None
            value = _value_of(path, asked, reader, context)
        except BadExpressionError as error:
            reader.problems.append(Problem(error.message, name, reader.document.location_of(path), error.hint))
        else:
            provided[path] = value
            if has_unresolved(value):  # the run decides whether the step runs at all
                reader.unchecked.add(path[:-2] if path[-1] == "matrix" else path[:-1])
            else:
                _check_provided(path, value, reader)
    if len(provided) < len(blocks):
        return
    reader.provided |= provided.keys()
    reader.resolved |= provided.keys()
    reader.document = replace(reader.document, value=_replaced(reader.document.value, (), provided))
    origins = {name: context.runtime_places.get(name, "the input variables") for name in map(dotted_path, provided)}
    for problem in schema_problems(reader.document):
        origin = next((origin for name, origin in origins.items() if problem.subject.startswith(name)), None)
        message = f"from {origin}: {problem.message}" if origin else problem.message
        reader.problems.append(replace(problem, message=message))


def _value_of(path: Path, asked: RuntimeInput, reader: DocumentReader, context: Context) -> JsonValue:
    name = dotted_path(path)
    value = context.runtime_values.get(name)
    if value is None and asked.default is None and context.is_offline:
        return Unresolved(as_plain_text(reader.raw_value(path)))
    return resolve_runtime_input(asked, value, hint=context.runtime_hints[name])


def _check_provided(path: Path, value: JsonValue, reader: DocumentReader) -> None:
    """Refuse expressions in a value from the input variables, except in conditions, whose value is true or false."""
    for where, text in iterate_expressions(value, path):
        if where[-1] != "condition" and where[-2:] != _LOOP_CONDITION:
            message = f"{quote_value(text)} in the input variables is not resolved"
            reader.problems.append(
                Problem(message, dotted_path(where), reader.document.location_of(path), "write the value itself")
            )


def _replaced(value: JsonValue, path: Path, provided: Mapping[Path, JsonValue]) -> JsonValue:
    if path in provided:
        return provided[path]
    if isinstance(value, Mapping):
        return {key: _replaced(each, (*path, key), provided) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(each, (*path, index), provided) for index, each in enumerate(value)]
    return value
