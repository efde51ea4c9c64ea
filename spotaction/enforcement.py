"""Reads `enforce`: the policy files that a deployment, or one of its steps, has to keep."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as File

from spotaction import policies
from spotaction.errors import InvalidError
from spotaction.expressions import Context
from spotaction.lookups import has_unresolved
from spotaction.model import JsonValue
from spotaction.nodes import Path
from spotaction.policies import Enforced
from spotaction.reading import Reading
from spotaction.values import items, text

_ENDINGS = (".yaml", ".yml", ".json")


def enforced(
    levels: Sequence[Path],
    named: Mapping[Path, Sequence[str]],
    reading: Reading,
    context: Context,
    *,
    workspace: File,
    roots: Sequence[File],
) -> Iterator[Enforced]:
    """The rules of the whole deployment, then those of single steps; `named` has the names of each step."""
    places = [(level, frozenset[str]()) for level in levels]
    places += [(path, frozenset(names)) for path, names in named.items()]
    for place, steps in places:
        sets = (*place, "enforce", "policySets")
        for where, file in _files(sets, reading, context):
            try:
                rules = policies.load(file, workspace=workspace, roots=roots)
            except InvalidError as error:
                reading.add(error.problems, where)
                continue
            yield from (Enforced(rule, steps) for rule in rules)


def _files(path: Path, reading: Reading, context: Context) -> Iterator[tuple[Path, str]]:
    """The paths of policy files; the name of a set that lives in Harness is refused, for it would not be kept."""
    value: JsonValue = reading.value(path, context)
    entries = [value] if isinstance(value, str) else items(value)
    for index, entry in enumerate(entries):
        where = path if isinstance(value, str) else (*path, index)
        name = text(entry)
        if name.endswith(_ENDINGS):
            yield where, name
        elif name and not has_unresolved(entry):
            hint = "write its rules into a file of the repository, and name its path here"
            reading.problem(where, f"the policy set '{name}' cannot be looked up", hint)
