"""Finds the execution in a document: its own, a stage's, or that of one stage of a pipeline."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, value_at
from spotaction.documents.expressions.resolver import Context
from spotaction.documents.tree import Path
from spotaction.model.resources import JsonValue
from spotaction.pipeline.reader import DocumentReader

_ELSEWHERE = {
    "delegateSelectors": "delegateSelectors say nothing here: the job's runs-on says where it runs.",
    "notificationRules": "notificationRules say nothing here: a later step of the workflow notifies.",
    "flowControl": "flowControl says nothing here: the workflow's concurrency does.",
    "strategy": "A strategy of the stage says nothing here: the workflow's own matrix does, with the input matrix.",
    "timeout": "A timeout of stage or pipeline says nothing here: the input timeout bounds the deployment.",
    "service": "The stage's service and environment say nothing here: the inputs service and infrastructure do.",
}


@dataclass(frozen=True)
class FoundExecution:
    """Where the execution lies, and what is around it from the inside out: stage, then pipeline."""

    execution: Path
    around: tuple[Path, ...] = ()

    @property
    def levels(self) -> tuple[Path, ...]:
        """Everything that may hold failure strategies, rules and variables, the innermost first."""
        return (self.execution, *self.around)


def find_execution(reading: DocumentReader, wanted: str) -> FoundExecution | None:
    """The execution; `wanted` names a stage of a pipeline. None, with a problem, when there is no single one."""
    top = as_mapping(reading.document.value)
    if "execution" in top:
        return FoundExecution(("execution",))
    if "stage" in top:
        return FoundExecution(("stage", "spec", "execution"), (("stage",),))
    stages = [
        path
        for path in _iterate_stages(reading, ("pipeline", "stages"))
        if _is_elastigroup_stage(reading.raw_value(path))
    ]
    named = [path for path in stages if not wanted or wanted in _stage_names(reading.raw_value(path))]
    if len(named) == 1:
        _note_other_stages(reading, named[0])
        return FoundExecution((*named[0], "spec", "execution"), (named[0], ("pipeline",)))
    _report_ambiguous_stage(
        reading, [as_plain_text(value_at(reading.raw_value(path), ("identifier",))) for path in stages], wanted
    )
    return None


def note_ignored_keys(found: FoundExecution, reading: DocumentReader) -> None:
    """Note what the document says that something else says here."""
    for path in found.around:
        level = as_mapping(reading.raw_value(path))
        for key in (*level, *as_mapping(level.get("spec"))):
            if key in _ELSEWHERE and (level.get(key) or key in as_mapping(level.get("spec"))):
                reading.add_note(_ELSEWHERE[key])
    for _, value in _find_all(reading.raw_value(found.execution), "delegateSelectors"):
        if value:
            reading.add_note(_ELSEWHERE["delegateSelectors"])


def with_variables(found: FoundExecution, reading: DocumentReader, context: Context) -> Context:
    """The context with the names and variables of stage and pipeline; the input `variables` goes before them."""
    roots = dict(context.roots)
    for root, path in zip(("stage", "pipeline"), _name_owners(found), strict=False):
        given = as_mapping(as_mapping(context.roots.get(root)).get("variables"))
        declared = dict(_read_variables((*path, "variables"), reading, replace(context, roots=roots), given))
        owner = as_mapping(reading.raw_value(path))
        names = {key: owner[key] for key in ("name", "identifier") if key in owner}
        roots[root] = {**as_mapping(roots.get(root)), **names, "variables": {**given, **declared}}
    return replace(context, roots=roots)


def _name_owners(found: FoundExecution) -> tuple[Path, ...]:
    return found.around or (found.execution,)


def _note_other_stages(reading: DocumentReader, chosen: Path) -> None:
    """Other stages are not run, and an approval among them is missed by nobody unless it is said."""
    others = [path for path in _iterate_stages(reading, ("pipeline", "stages")) if path != chosen]
    told = [
        f"{_stage_names(stage)[0]} ({as_plain_text(value_at(stage, ('type',)))})"
        for stage in map(reading.raw_value, others)
    ]
    if told:
        reading.add_note(f"Other stages of the pipeline are other jobs of the workflow: {', '.join(told)}.")


def _iterate_stages(reading: DocumentReader, path: Path) -> Iterator[Path]:
    for index, entry in enumerate(as_items(reading.raw_value(path))):
        if "stage" in as_mapping(entry):
            yield (*path, index, "stage")
        else:
            yield from _iterate_stages(reading, (*path, index, "parallel"))


def _is_elastigroup_stage(stage: JsonValue) -> bool:
    kind, deployment = value_at(stage, ("type",)), value_at(stage, ("spec", "deploymentType"))
    return kind in {None, "Deployment"} and deployment in {None, "Elastigroup"}


def _stage_names(stage: JsonValue) -> tuple[str, str]:
    return as_plain_text(value_at(stage, ("identifier",))), as_plain_text(value_at(stage, ("name",)))


def _report_ambiguous_stage(reading: DocumentReader, known: list[str], wanted: str) -> None:
    where = ("pipeline", "stages")
    names = ", ".join(known) or "none"
    if wanted:
        reading.add_problem(where, f"no stage '{wanted}' deploys an Elastigroup", f"those that do: {names}")
    elif known:
        hint = f"write {reading.document.name}#{known[0]}, or another of {names}"
        reading.add_problem(where, f"{len(known)} stages deploy an Elastigroup", hint)
    else:
        reading.add_problem(where, "no stage deploys an Elastigroup")


def _read_variables(
    path: Path, reading: DocumentReader, context: Context, given: JsonValue
) -> Iterator[tuple[str, JsonValue]]:
    for index, entry in enumerate(as_items(reading.raw_value(path))):
        variable = as_mapping(entry)
        name = as_plain_text(variable.get("name"))
        key = "value" if variable.get("value") is not None else "default"
        written = as_plain_text(variable.get(key))
        if name in as_mapping(given):
            yield name, as_mapping(given)[name]
        elif _has_value(written) and variable.get("type") != "Secret":
            yield name, reading.read_value((*path, index, key), context)


def _has_value(written: str) -> bool:
    """An <+input> that nobody answered is complained about where the variable is used, if it is."""
    return bool(written) and (not written.lstrip().startswith("<+input>") or ".default(" in written)


def _find_all(value: JsonValue, key: str) -> Iterator[tuple[str, JsonValue]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield name, inner
            yield from _find_all(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _find_all(inner, key)
