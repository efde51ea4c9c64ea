"""Reads `enforce`: the policy files that a deployment, or one of its steps, has to keep."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as File

from spotaction.documents.accessors import as_items, as_plain_text
from spotaction.documents.expressions.lookups import has_unresolved
from spotaction.documents.expressions.resolver import Context
from spotaction.documents.policy_file import load_rules
from spotaction.documents.tree import Path
from spotaction.model.errors import InvalidError
from spotaction.model.policy import EnforcedRule
from spotaction.model.resources import JsonValue
from spotaction.pipeline.reader import DocumentReader

_ENDINGS = (".yaml", ".yml", ".json")


def read_policies(
    levels: Sequence[Path],
    named: Mapping[Path, Sequence[str]],
    reading: DocumentReader,
    context: Context,
    *,
    workspace: File,
    roots: Sequence[File],
) -> Iterator[EnforcedRule]:
    """The rules of the whole deployment, then those of single steps; `named` has the names of each step."""
    places = [(level, frozenset[str]()) for level in levels]
    places += [(path, frozenset(names)) for path, names in named.items()]
    for place, steps in places:
        sets = (*place, "enforce", "policySets")
        for where, file in _policy_files(sets, reading, context):
            try:
                rules = load_rules(file, workspace=workspace, roots=roots)
            except InvalidError as error:
                reading.add_problems(error.problems, where)
                continue
            yield from (EnforcedRule(rule, steps) for rule in rules)


def _policy_files(path: Path, reading: DocumentReader, context: Context) -> Iterator[tuple[Path, str]]:
    """The paths of policy files; the name of a set that lives in Harness is refused, for it would not be kept."""
    value: JsonValue = reading.read_value(path, context)
    entries = [value] if isinstance(value, str) else as_items(value)
    for index, entry in enumerate(entries):
        where = path if isinstance(value, str) else (*path, index)
        name = as_plain_text(entry)
        if name.endswith(_ENDINGS):
            yield where, name
        elif name and not has_unresolved(entry):
            hint = "write its rules into a file of the repository, and name its path here"
            reading.add_problem(where, f"the policy set '{name}' cannot be looked up", hint)
