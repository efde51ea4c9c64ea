"""The input `variables` as a file: names with values, or an input set of Harness whose values answer runtime inputs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as File

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, value_at
from spotaction.documents.problems import Finding
from spotaction.documents.service import INFRASTRUCTURE
from spotaction.documents.source import Document, read_document
from spotaction.documents.tree import Path, dotted_path
from spotaction.model.errors import InvalidError, Problem, SourceLocation
from spotaction.model.resources import JsonObject, JsonValue

INPUT_SET, OVERLAY = "inputSet", "overlayInputSet"

_ENDINGS = (".yaml", ".yml", ".json")
_MAX_FILES = 200  # that are searched for an input set of an overlay
_PIPELINE: Path = (INPUT_SET, "pipeline")
_WRAPPERS = ("stage", "step", "stepGroup")
_STRUCTURE = frozenset({"identifier", "name", "type", "tags", "deploymentType", "orgIdentifier", "projectIdentifier"})
# What of a stage is for the documents of service, environment and infrastructure.
_OF_OTHERS = frozenset({"serviceInputs", "environmentInputs", "serviceOverrideInputs", "inputs"})


@dataclass(frozen=True)
class GivenValue:
    """A value for the runtime input at a dotted path of a document, and its own place."""

    path: str
    value: JsonValue
    place: SourceLocation


@dataclass(frozen=True)
class InputSet:
    """The input sets of a file, the later ones with precedence, for one stage; empty without any.

    `stage` is the identifier or name of the stage that is deployed; empty for the only one.
    """

    documents: tuple[Document, ...] = ()
    stage: str = ""

    def match(self, document: Document | None) -> tuple[dict[str, GivenValue], tuple[Problem, ...]]:
        """Return the answers to the runtime inputs of a document by path, and a warning on each value without one."""
        answers: dict[str, GivenValue] = {}
        unused: list[Problem] = []
        for source in self.documents if document is not None else ():
            assert document is not None
            matcher = _Matcher(source, document, answers, unused)
            for given, wanted in self._parts(source, document):
                matcher.match(given, value_at(source.value, given), wanted, value_at(document.value, wanted))
        return answers, tuple(unused)

    def variables(self) -> dict[str, JsonValue]:
        """Return the variables of pipeline, stage and environment, by their whole names in expressions."""
        found: dict[str, JsonValue] = {}
        for source in self.documents:
            for owner, path in self._variable_lists(source):
                for each in map(as_mapping, as_items(value_at(source.value, path))):
                    if each.get("value") is not None and not _is_open(each["value"]):
                        found[f"{owner}.variables.{as_plain_text(each.get('name'))}"] = each["value"]
        return found

    def ambiguous_stages(self) -> tuple[Problem, ...]:
        """Return a problem for each document with values of several stages, where it is not known which is deployed."""
        found = []
        for source in self.documents:
            stages = self._stages(source)
            if len(stages) > 1:
                names = ", ".join(_stage_names(value_at(source.value, path))[0] for path in stages)
                message = f"the input set has values of {len(stages)} stages: {names}"
                hint = "set the input execution to PIPELINE.yaml#STAGE, or keep the values of one"
                found.append(Finding((*_PIPELINE, "stages"), message, hint).locate(source))
        return tuple(found)

    def _variable_lists(self, source: Document) -> Iterator[tuple[str, Path]]:
        yield "pipeline", (*_PIPELINE, "variables")
        for stage in self._stages(source):
            yield "stage", (*stage, "variables")
            for key in ("environmentInputs", "serviceOverrideInputs"):
                yield "env", (*stage, "spec", "environment", key, "variables")

    def _stages(self, source: Document) -> list[Path]:
        items = _flat_items(value_at(source.value, (*_PIPELINE, "stages")), (*_PIPELINE, "stages"))
        paths = [(*path, "stage") for path, item in items if "stage" in as_mapping(item)]
        return [path for path in paths if self.stage in ("", *_stage_names(value_at(source.value, path)))]

    def _parts(self, source: Document, document: Document) -> Iterator[tuple[Path, Path]]:
        """The parts of an input set that are for a document, each with the part of the document."""
        top = as_mapping(document.value)
        if "pipeline" in top:
            yield _PIPELINE, ("pipeline",)
        for stage in self._stages(source):
            if "stage" in top:
                yield stage, ("stage",)
            elif "execution" in top:
                yield (*stage, "spec", "execution"), ("execution",)
            elif "service" in top:
                for entry in _entries(source, (*stage, "spec"), "service"):
                    yield (*entry, "serviceInputs"), ("service",)
            elif INFRASTRUCTURE[0] in top:
                for entry in _entries(source, (*stage, "spec"), "environment"):
                    yield from _infrastructures(source, entry, document)


@dataclass(frozen=True)
class VariablesFile:
    """What a file of variables has: values by name with their places, or an input set."""

    values: JsonObject = field(default_factory=dict)
    places: Mapping[str, SourceLocation] = field(default_factory=dict)
    input_set: InputSet = field(default_factory=InputSet)


def read_variables(path: str, *, workspace: File, roots: Sequence[File] = ()) -> VariablesFile:
    """Return the variables in a file: a mapping, an input set of Harness, or an overlay of input sets beside it.

    Raises `InvalidError` with every problem and its place in the file.
    """
    document = read_document(path, workspace=workspace, roots=roots)
    value = document.value
    if value is None:
        return VariablesFile()
    if not isinstance(value, Mapping):
        hint = "write one 'name: value' per line, or an input set of Harness"
        raise InvalidError([Problem("is not a mapping of names to values", place=document.location_of(()), hint=hint)])
    if OVERLAY in value:
        return VariablesFile(input_set=InputSet(_overlaid(document, workspace, roots)))
    if INPUT_SET in value:
        _check_input_set(document)
        return VariablesFile(input_set=InputSet((document,)))
    return VariablesFile(value, {str(name): document.location_of((name,)) for name in value})


def _check_input_set(document: Document) -> None:
    if not isinstance(value_at(document.value, _PIPELINE), Mapping):
        raise InvalidError(
            [Finding((INPUT_SET,), "'pipeline' is missing", "export the input set again").locate(document)]
        )


def _overlaid(overlay: Document, workspace: File, roots: Sequence[File]) -> tuple[Document, ...]:
    """The input sets of an overlay, in its order: the later one takes precedence."""
    where: Path = (OVERLAY, "inputSetReferences")
    names = as_items(value_at(overlay.value, where))
    problems: list[Problem] = []
    if not names:
        problems.append(Finding((OVERLAY,), "'inputSetReferences' is missing").locate(overlay))
    found: list[Document] = []
    for index, name in enumerate(map(as_plain_text, names)):
        try:
            document = _find_input_set(name, overlay.name, workspace, roots)
            if document is None:
                message = f"no file beside this one is the input set '{name}'"
                hint = f"export it from Harness to {name}.yaml in the same folder"
                problems.append(Finding((*where, index), message, hint).locate(overlay))
            else:
                found.append(document)
        except InvalidError as error:
            problems += error.problems
    if problems:
        raise InvalidError(problems)
    return tuple(found)


def _find_input_set(name: str, overlay: str, workspace: File, roots: Sequence[File]) -> Document | None:
    folder = (workspace / overlay).parent
    files = sorted(each for each in folder.iterdir() if each.suffix in _ENDINGS)[:_MAX_FILES]
    for file in sorted(files, key=lambda each: each.stem != name):  # the one of that name first
        path = str(File(overlay).with_name(file.name))
        try:
            document = read_document(path, workspace=workspace, roots=roots)
        except InvalidError:
            if file.stem == name:
                raise
            continue
        if value_at(document.value, (INPUT_SET, "identifier")) == name:
            _check_input_set(document)
            return document
    return None


@dataclass
class _Matcher:
    source: Document
    target: Document
    answers: dict[str, GivenValue]
    unused: list[Problem]

    def match(self, given: Path, value: JsonValue, wanted: Path, meant: JsonValue) -> None:
        """Compare a value of the input set with what the document has at its place."""
        if _is_open(value) or value in (None, "", [], {}):
            return
        if _is_open(meant):
            path = dotted_path(wanted)
            self.answers[path] = GivenValue(path, value, self.source.location_of(given))
        elif isinstance(value, Mapping) and isinstance(meant, Mapping):
            for key, inner in value.items():
                if key not in _OF_OTHERS or wanted[:1] == ("service",):
                    self.match((*given, key), inner, (*wanted, key), meant.get(key))
        elif isinstance(value, list) and isinstance(meant, list):
            self._match_items(given, value, wanted, meant)
        elif value != meant and given[-1] not in _STRUCTURE:
            found = f"{self.target.name} has no <+input> there"
            self.unused.append(Finding(given, f"this value is not used: {found}").locate(self.source))

    def _match_items(self, given: Path, values: list[JsonValue], wanted: Path, meant: list[JsonValue]) -> None:
        known: dict[object, tuple[Path, JsonValue]] = {}
        for index, (path, item) in enumerate(_flat_items(meant, wanted)):
            known.setdefault(_key_of(item) or index, (path, item))
        for index, (path, item) in enumerate(_flat_items(values, given)):
            where, found = known.get(_key_of(item) or index, ((*wanted, index), None))
            self.match(path, item, where, found)


def _entries(source: Document, spec: Path, key: str) -> list[Path]:
    """The service or environment of a stage, or those of a stage with several."""
    several = (*spec, f"{key}s", "values")
    count = len(as_items(value_at(source.value, several)))
    return [(*spec, key), *((*several, index) for index in range(count))]


def _infrastructures(source: Document, entry: Path, document: Document) -> Iterator[tuple[Path, Path]]:
    identifier = value_at(document.value, (*INFRASTRUCTURE, "identifier"))
    path = (*entry, "infrastructureDefinitions")
    items = as_items(value_at(source.value, path))
    for index, item in enumerate(items):
        if len(items) == 1 or value_at(item, ("identifier",)) == identifier:
            yield (*path, index, "inputs"), INFRASTRUCTURE


def _flat_items(value: JsonValue, path: Path) -> Iterator[tuple[Path, JsonValue]]:
    """The items of a list with their paths; those that run in parallel are items, too."""
    for index, item in enumerate(value if isinstance(value, list) else ()):
        parallel = as_mapping(item).get("parallel")
        if isinstance(parallel, list):
            yield from _flat_items(parallel, (*path, index, "parallel"))
        else:
            yield (*path, index), item


def _key_of(item: JsonValue) -> object:
    """What an item of a list is recognised by; None where it has only its position."""
    for wrapper in _WRAPPERS:
        inner = value_at(item, (wrapper,))
        if inner is not None:
            return (
                wrapper,
                as_plain_text(value_at(inner, ("identifier",))) or as_plain_text(value_at(inner, ("name",))),
            )
    return as_plain_text(value_at(item, ("identifier",))) or as_plain_text(value_at(item, ("name",))) or None


def _stage_names(stage: JsonValue) -> tuple[str, str]:
    return as_plain_text(value_at(stage, ("identifier",))), as_plain_text(value_at(stage, ("name",)))


def _is_open(value: JsonValue) -> bool:
    return isinstance(value, str) and value.lstrip().startswith("<+input")
