"""Reads `enforce`: the policy files that apply to a deployment or to one of its steps."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path as File

from spotaction.documents.accessors import as_items, as_plain_text
from spotaction.documents.expressions.lookups import Context, has_unresolved
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
    reader: DocumentReader,
    context: Context,
    *,
    workspace: File,
    roots: Sequence[File],
) -> Iterator[EnforcedRule]:
    """Yield the rules of the whole deployment, then those of single steps; problems go to `reader`.

    `levels` are the paths of execution, stage and pipeline; `named` maps the path of a step to its names.
    """
    places = [(level, frozenset[str]()) for level in levels]
    places += [(path, frozenset(names)) for path, names in named.items()]
    load = cache(partial(load_rules, workspace=workspace, roots=roots))  # often one file for every step
    for place, steps in places:
        sets = (*place, "enforce", "policySets")
        for where, file in _policy_files(sets, reader, context):
            try:
                rules = load(file)
            except InvalidError as error:
                reader.add_problems(error.problems, where)
                continue
            yield from (EnforcedRule(rule, steps) for rule in rules)


def _policy_files(path: Path, reader: DocumentReader, context: Context) -> Iterator[tuple[Path, str]]:
    """Yield the paths of policy files; a policy set of Harness is refused, since it would not be enforced."""
    value: JsonValue = reader.read_value(path, context)
    entries = [value] if isinstance(value, str) else as_items(value)
    for index, entry in enumerate(entries):
        where = path if isinstance(value, str) else (*path, index)
        name = as_plain_text(entry)
        if name.endswith(_ENDINGS):
            yield where, name
        elif name and not has_unresolved(entry):
            hint = "write its rules to a file in the repository, and name its path here"
            reader.add_problem(where, f"the policy set '{name}' is in Harness and cannot be read", hint)
