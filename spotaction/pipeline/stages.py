"""Finds the execution in a document: its own, a stage's, or that of one stage of a pipeline."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, value_at
from spotaction.documents.expressions.lookups import Context
from spotaction.documents.expressions.runtime_input import is_runtime_input
from spotaction.documents.tree import Path
from spotaction.model.resources import JsonObject, JsonValue
from spotaction.pipeline.reader import DocumentReader

_RUNS_ON = "set runs-on on the job."
_IGNORED = {
    "delegateSelectors": f"delegateSelectors are ignored; {_RUNS_ON}",
    "notificationRules": "notificationRules are ignored; notify in a later step of the workflow.",
    "flowControl": "flowControl is ignored; use concurrency of the workflow.",
    "timeout": "Timeouts of stage and pipeline are ignored; use the input timeout.",
    "service": "The stage's service and environment are ignored; use the inputs service and infrastructure.",
}
_IGNORED_IN_STEPS = {
    "delegateSelectors": _IGNORED["delegateSelectors"],
    "metadata": "metadata has no effect.",
    "platform": f"platform of step groups is ignored; {_RUNS_ON}",
    "sharedPaths": f"sharedPaths of step groups are ignored; {_RUNS_ON}",
    "stepGroupInfra": f"stepGroupInfra is ignored; {_RUNS_ON}",
}
_MANUAL = "The stage's runMode is ignored, so nobody is asked: use a GitHub environment with reviewers."
_STATED = frozenset({"name", "identifier", "description", "type", "tags", "projectIdentifier", "orgIdentifier"})


@dataclass(frozen=True)
class FoundExecution:
    """The path of the execution, and those of the stage and pipeline around it, the stage first."""

    execution: Path
    around: tuple[Path, ...] = ()

    @property
    def levels(self) -> tuple[Path, ...]:
        """The paths that may have failure strategies, policies and variables, the innermost first."""
        return (self.execution, *self.around)


def find_execution(reader: DocumentReader, wanted: str) -> FoundExecution | None:
    """Return the execution; `wanted` selects a stage of a pipeline. None, with a problem, unless one matches."""
    top = as_mapping(reader.document.value)
    if "execution" in top:
        return FoundExecution(("execution",))
    if "stage" in top:
        return FoundExecution(("stage", "spec", "execution"), (("stage",),))
    stages = [
        path for path in _iterate_stages(reader, ("pipeline", "stages")) if is_elastigroup_stage(reader.raw_value(path))
    ]
    named = [path for path in stages if not wanted or wanted in _stage_names(reader.raw_value(path))]
    if len(named) == 1:
        _note_other_stages(reader, named[0])
        return FoundExecution((*named[0], "spec", "execution"), (named[0], ("pipeline",)))
    _report_ambiguous_stage(
        reader, [as_plain_text(value_at(reader.raw_value(path), ("identifier",))) for path in stages], wanted
    )
    return None


def find_stage(reader: DocumentReader, identifier: str) -> Path | None:
    """Return the path of the pipeline's stage with that identifier; None if there is none."""
    stages = _iterate_stages(reader, ("pipeline", "stages"))
    return next((path for path in stages if _stage_names(reader.raw_value(path))[0] == identifier), None)


def stage_names(reader: DocumentReader) -> tuple[str, ...]:
    """Return the identifiers, or else names, of the stages of a pipeline that deploy an Elastigroup."""
    stages = map(reader.raw_value, _iterate_stages(reader, ("pipeline", "stages")))
    names = [_stage_names(stage) for stage in stages if is_elastigroup_stage(stage)]
    return tuple(identifier or name for identifier, name in names)


def is_elastigroup_stage(stage: JsonValue) -> bool:
    """Return whether a stage deploys an Elastigroup; other stages are not run here."""
    kind, deployment = value_at(stage, ("type",)), value_at(stage, ("spec", "deploymentType"))
    return kind in (None, "Deployment") and deployment in (None, "Elastigroup")  # in tuples: a list has no hash


def note_ignored_keys(found: FoundExecution, reader: DocumentReader) -> None:
    """Note the keys of a document that are ignored, since the workflow controls what they are for."""
    for path in found.around:
        level = as_mapping(reader.raw_value(path))
        for key in (*level, *as_mapping(level.get("spec"))):
            if key in _IGNORED and (level.get(key) or key in as_mapping(level.get("spec"))):
                reader.add_note(_IGNORED[key])
        if level.get("runMode") and value_at(level, ("runMode", "type")) != "Auto":
            reader.add_note(_MANUAL)
    for key, value in _iterate_keys(reader.raw_value(found.execution)):
        if value and key in _IGNORED_IN_STEPS:
            reader.add_note(_IGNORED_IN_STEPS[key])


def stated_values(found: FoundExecution, reader: DocumentReader) -> JsonObject:
    """Return the names, tags and variables of pipeline, stage and execution, with unresolved expressions."""
    values: dict[str, JsonValue] = {}
    for root, path in _iterate_parts(found):
        part = as_mapping(reader.raw_value(path))
        variables = {name: written for name, _, written in _iterate_variables((*path, "variables"), reader)}
        stated = {key: value for key, value in part.items() if key in _STATED}
        values[root] = {**stated, "variables": variables}
    stage, execution = as_mapping(values.get("stage")), as_mapping(values.get("execution"))
    inner, outer = as_mapping(execution.get("variables")), as_mapping(stage.get("variables"))
    return {**values, "stage": {**stage, "variables": {**outer, **inner}}}


def with_variables(found: FoundExecution, reader: DocumentReader, context: Context) -> Context:
    """Return the context with the variables of pipeline, stage and execution; the input `variables` takes precedence.

    The context has the values already that do not depend on the document's own problems, which are added to `reader`;
    among these are values from the input that an `<+input>` does not allow.
    """
    roots = dict(context.roots)
    given = as_mapping(context.roots.get("variables"))
    for root, path in _iterate_parts(found):
        known = replace(context, roots=roots)
        declared = {
            name: reader.read_value(where, known)
            for name, where, written in _iterate_variables((*path, "variables"), reader)
            if _is_declared(name, written, given)
        }
        part = as_mapping(reader.raw_value(path))
        names = {key: part[key] for key in ("name", "identifier") if key in part}
        for owner in ("stage", "execution") if root == "execution" else (root,):
            current = as_mapping(roots.get(owner))
            variables = as_mapping(current.get("variables"))
            roots[owner] = {**names, **current, "variables": {**variables, **given, **declared}}
    return replace(context, roots=roots)


def _is_declared(name: str, written: JsonValue, given: JsonObject) -> bool:
    """Whether the document decides a variable's value; an <+input> without one is reported where it is used."""
    if is_runtime_input(written):
        return name in given or ".default(" in as_plain_text(written)
    return name not in given


def _iterate_parts(found: FoundExecution) -> Iterator[tuple[str, Path]]:
    """Yield pipeline, stage and execution with their paths, as far as they are there; the outermost first."""
    yield from reversed(tuple(zip(("execution", "stage", "pipeline"), found.levels, strict=False)))


def _note_other_stages(reader: DocumentReader, chosen: Path) -> None:
    """Note the stages that are not run: an approval among them would otherwise be missed."""
    others = [path for path in _iterate_stages(reader, ("pipeline", "stages")) if path != chosen]
    names = [
        f"{_stage_names(stage)[0]} ({as_plain_text(value_at(stage, ('type',)))})"
        for stage in map(reader.raw_value, others)
    ]
    if names:
        reader.add_note(
            f"Other stages of the pipeline are not run; make them jobs of the workflow: {', '.join(names)}."
        )


def _iterate_stages(reader: DocumentReader, path: Path) -> Iterator[Path]:
    for index, entry in enumerate(as_items(reader.raw_value(path))):
        if "stage" in as_mapping(entry):
            yield (*path, index, "stage")
        else:
            yield from _iterate_stages(reader, (*path, index, "parallel"))


def _stage_names(stage: JsonValue) -> tuple[str, str]:
    return as_plain_text(value_at(stage, ("identifier",))), as_plain_text(value_at(stage, ("name",)))


def _report_ambiguous_stage(reader: DocumentReader, known: list[str], wanted: str) -> None:
    where = ("pipeline", "stages")
    names = ", ".join(known) or "none"
    if wanted:
        reader.add_problem(where, f"no stage '{wanted}' deploys an Elastigroup", f"stages that do: {names}")
    elif known:
        hint = f"select one, like {reader.document.name}#{known[0]}; the stages are {names}"
        reader.add_problem(where, f"{len(known)} stages deploy an Elastigroup", hint)
    else:
        reader.add_problem(where, "no stage deploys an Elastigroup")


def _iterate_variables(path: Path, reader: DocumentReader) -> Iterator[tuple[str, Path, JsonValue]]:
    """Yield the variables that are no secrets, each with its path and the value as it is written."""
    for index, entry in enumerate(as_items(reader.raw_value(path))):
        variable = as_mapping(entry)
        key = "value" if variable.get("value") is not None else "default"
        reader.resolved.add((*path, index, key))
        if as_plain_text(variable.get(key)) and variable.get("type") != "Secret":
            yield as_plain_text(variable.get("name")), (*path, index, key), variable.get(key)


def _iterate_keys(value: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    """Yield all keys with their values, but not the axes of matrices, which may have any name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            if key != "matrix":
                yield from _iterate_keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _iterate_keys(inner)
