"""Finds the execution in a document: its own, a stage's, or that of one stage of a pipeline."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from spotaction.expressions import Context
from spotaction.model import JsonValue
from spotaction.nodes import Path
from spotaction.reading import Reading
from spotaction.values import at, items, mapping, text

_ELSEWHERE = {
    "delegateSelectors": "delegateSelectors say nothing here: the job's runs-on says where it runs.",
    "notificationRules": "notificationRules say nothing here: a later step of the workflow notifies.",
    "flowControl": "flowControl says nothing here: the workflow's concurrency does.",
    "strategy": "A strategy of the stage says nothing here: the workflow's own matrix does, with the input matrix.",
    "timeout": "A timeout of stage or pipeline says nothing here: the input timeout bounds the deployment.",
    "service": "The stage's service and environment say nothing here: the inputs service and infrastructure do.",
}


@dataclass(frozen=True)
class Found:
    """Where the execution lies, and what is around it from the inside out: stage, then pipeline."""

    execution: Path
    around: tuple[Path, ...] = ()

    @property
    def levels(self) -> tuple[Path, ...]:
        """Everything that may hold failure strategies, rules and variables, the innermost first."""
        return (self.execution, *self.around)


def find(reading: Reading, wanted: str) -> Found | None:
    """The execution; `wanted` names a stage of a pipeline. None, with a problem, when there is no single one."""
    top = mapping(reading.document.value)
    if "execution" in top:
        return Found(("execution",))
    if "stage" in top:
        return Found(("stage", "spec", "execution"), (("stage",),))
    stages = [path for path in _stages(reading, ("pipeline", "stages")) if _deploys(reading.raw(path))]
    named = [path for path in stages if not wanted or wanted in _names(reading.raw(path))]
    if len(named) == 1:
        _pass_over(reading, named[0])
        return Found((*named[0], "spec", "execution"), (named[0], ("pipeline",)))
    _undecided(reading, [text(at(reading.raw(path), ("identifier",))) for path in stages], wanted)
    return None


def tell_elsewhere(found: Found, reading: Reading) -> None:
    """Note what the document says that something else says here."""
    for path in found.around:
        level = mapping(reading.raw(path))
        for key in (*level, *mapping(level.get("spec"))):
            if key in _ELSEWHERE and (level.get(key) or key in mapping(level.get("spec"))):
                reading.note(_ELSEWHERE[key])
    for _, value in _every(reading.raw(found.execution), "delegateSelectors"):
        if value:
            reading.note(_ELSEWHERE["delegateSelectors"])


def with_variables(found: Found, reading: Reading, context: Context) -> Context:
    """The context with the names and variables of stage and pipeline; the input `variables` goes before them."""
    roots = dict(context.roots)
    for root, path in zip(("stage", "pipeline"), _owners(found), strict=False):
        given = mapping(mapping(context.roots.get(root)).get("variables"))
        declared = dict(_variables((*path, "variables"), reading, replace(context, roots=roots), given))
        owner = mapping(reading.raw(path))
        names = {key: owner[key] for key in ("name", "identifier") if key in owner}
        roots[root] = {**mapping(roots.get(root)), **names, "variables": {**given, **declared}}
    return replace(context, roots=roots)


def _owners(found: Found) -> tuple[Path, ...]:
    return found.around or (found.execution,)


def _pass_over(reading: Reading, chosen: Path) -> None:
    """Other stages are not run, and an approval among them is missed by nobody unless it is said."""
    others = [path for path in _stages(reading, ("pipeline", "stages")) if path != chosen]
    told = [f"{_names(stage)[0]} ({text(at(stage, ('type',)))})" for stage in map(reading.raw, others)]
    if told:
        reading.note(f"Other stages of the pipeline are other jobs of the workflow: {', '.join(told)}.")


def _stages(reading: Reading, path: Path) -> Iterator[Path]:
    for index, entry in enumerate(items(reading.raw(path))):
        if "stage" in mapping(entry):
            yield (*path, index, "stage")
        else:
            yield from _stages(reading, (*path, index, "parallel"))


def _deploys(stage: JsonValue) -> bool:
    kind, deployment = at(stage, ("type",)), at(stage, ("spec", "deploymentType"))
    return kind in {None, "Deployment"} and deployment in {None, "Elastigroup"}


def _names(stage: JsonValue) -> tuple[str, str]:
    return text(at(stage, ("identifier",))), text(at(stage, ("name",)))


def _undecided(reading: Reading, known: list[str], wanted: str) -> None:
    where = ("pipeline", "stages")
    names = ", ".join(known) or "none"
    if wanted:
        reading.problem(where, f"no stage '{wanted}' deploys an Elastigroup", f"those that do: {names}")
    elif known:
        hint = f"write {reading.document.name}#{known[0]}, or another of {names}"
        reading.problem(where, f"{len(known)} stages deploy an Elastigroup", hint)
    else:
        reading.problem(where, "no stage deploys an Elastigroup")


def _variables(path: Path, reading: Reading, context: Context, given: JsonValue) -> Iterator[tuple[str, JsonValue]]:
    for index, entry in enumerate(items(reading.raw(path))):
        variable = mapping(entry)
        name = text(variable.get("name"))
        key = "value" if variable.get("value") is not None else "default"
        written = text(variable.get(key))
        if name in mapping(given):
            yield name, mapping(given)[name]
        elif _has_value(written) and variable.get("type") != "Secret":
            yield name, reading.value((*path, index, key), context)


def _has_value(written: str) -> bool:
    """An <+input> that nobody answered is complained about where the variable is used, if it is."""
    return bool(written) and (not written.lstrip().startswith("<+input>") or ".default(" in written)


def _every(value: JsonValue, key: str) -> Iterator[tuple[str, JsonValue]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield name, inner
            yield from _every(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _every(inner, key)
