"""Compares what a stage says of service, environment, artifact and variables with the documents that are deployed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spotaction.documents.accessors import as_items, as_mapping, as_plain_text, value_at
from spotaction.documents.expressions.lookups import Context, as_text
from spotaction.documents.service import INFRASTRUCTURE, SOURCES, VARIABLES, primary_index
from spotaction.documents.source import Document
from spotaction.documents.tree import Path
from spotaction.documents.wording import quote_value
from spotaction.model.resources import JsonValue
from spotaction.pipeline.reader import DocumentReader
from spotaction.pipeline.stages import FoundExecution, find_stage

_SCOPES = ("account.", "org.")
_VERSION = "write it in the service, or set the input artifact-version"
_VARIABLE = "write it in the service's variables, or <+input> there, and its value in the input variables"


@dataclass(frozen=True)
class Deployed:
    """The documents that are deployed, with their expressions resolved, and the inputs that stand for them."""

    service: Document | None = None
    infrastructure: Document | None = None
    environment: str = ""
    ami_id: str = ""


def compare_references(found: FoundExecution, reader: DocumentReader, context: Context, deployed: Deployed) -> None:
    """Warn of each name or value of the stage that is not the deployed one.

    A stage with several services, environments or infrastructures, none of which is the deployed one, is a problem: it
    is not known which one is meant.
    """
    if not found.around:
        return
    compared = _Comparison(reader, context, deployed)
    stage = (*found.around[0], "spec")
    service = compared.follow(stage, "service")
    environment = compared.follow(stage, "environment")
    services = compared.entries((*service[:-1], "services", "values")) or [service]
    environments = compared.entries((*environment[:-1], "environments", "values")) or [environment]
    compared.compare_service(services)
    compared.compare_environment(environments)
    for path in (*services, *environments):
        compared.compare_variables(path)


@dataclass(frozen=True)
class _Named:
    """The name of something that is deployed, and where it is from."""

    name: str
    source: str

    def __str__(self) -> str:
        return f"{quote_value(self.name)} ({self.source})"


@dataclass(frozen=True)
class _Comparison:
    reader: DocumentReader
    context: Context
    deployed: Deployed

    def follow(self, stage: Path, key: str) -> Path:
        """The path of the stage's service or environment, or of that of the stage that it is used from."""
        other = as_plain_text(self.reader.raw_value((*stage, key, "useFromStage", "stage")))
        found = find_stage(self.reader, other) if other else None
        return (*found, "spec", key) if found else (*stage, key)

    def entries(self, path: Path) -> list[Path]:
        return [(*path, index) for index, _ in enumerate(as_items(self.reader.raw_value(path)))]

    def compare_service(self, entries: Sequence[Path]) -> None:
        service = self.deployed.service
        named = None if service is None else _named(service, ("service", "identifier"))
        chosen = self._choose(entries, ("serviceRef",), "service", named, "service")
        artifacts = ("serviceInputs", "serviceDefinition", "spec", "artifacts", "primary")
        if chosen is not None and (service is not None or self.deployed.ami_id):
            self._compare_artifact((*chosen, *artifacts))

    def compare_environment(self, entries: Sequence[Path]) -> None:
        infrastructure, name = self.deployed.infrastructure, self.deployed.environment
        named = _Named(name, "input environment") if name else None
        if infrastructure is not None and name not in {self._text((*path, "environmentRef")) for path in entries}:
            named = _named(infrastructure, (*INFRASTRUCTURE, "environmentRef"))
        chosen = self._choose(entries, ("environmentRef",), "environment", named, "infrastructure")
        if chosen is None or infrastructure is None:
            return
        identifier = _named(infrastructure, (*INFRASTRUCTURE, "identifier"))
        several, single = (*chosen, "infrastructureDefinitions"), (*chosen, "infrastructureDefinition")
        definitions = self.entries(several) or [single]
        self._choose(definitions, ("identifier",), "infrastructure", identifier, "infrastructure")
        if self._text((*chosen, "deployToAll")).lower() == "true":
            message = f"the stage deploys to all infrastructures of the environment, but only {identifier} is deployed"
            self.reader.add_warning((*chosen, "deployToAll"), message, "use a matrix of the workflow for the others")

    def compare_variables(self, entry: Path) -> None:
        """Warn of variables that the stage gives to its service or environment, and that have another value."""
        roots = self.context.roots
        of_service = as_mapping(roots.get("serviceVariables"))
        known = {**as_mapping(value_at(roots, ("env", "variables"))), **of_service}
        for path in _find_variables(self.reader.raw_value(entry), entry):
            name, value = self._text((*path, "name")), self._text((*path, "value"))
            if not name or not value or self.reader.raw_value((*path, "type")) == "Secret":
                continue
            if name not in known:
                message = f"the stage sets the variable {quote_value(name)}, which no document has"
                self.reader.add_warning((*path, "name"), message, _VARIABLE)
            elif as_text(known[name]) != value:
                deployed = _Named(as_text(known[name]), self._place_of_variable(name))
                message = f"the stage sets {name} to {quote_value(value)}, but it is {deployed}"
                self.reader.add_warning((*path, "value"), message, _VARIABLE)

    def _choose(
        self, entries: Sequence[Path], key: Path, what: str, named: _Named | None, document: str
    ) -> Path | None:
        """The entry that is the deployed one, or the only one; None where neither is known."""
        names = {path: self._text((*path, *key)) for path in entries}
        listed = ", ".join(quote_value(name) for name in names.values() if name)
        way_out = f"set the input {document} to the document of the one that is meant"
        same = [path for path in entries if named is not None and _bare(names[path]) == _bare(named.name)]
        if same and len(entries) > 1:
            self.reader.add_note(f"Of {what} {listed} in the stage, only {named} is deployed.")
        if same or not listed:
            return same[0] if same else next(iter(entries), None)
        if len(entries) > 1:
            if named is None and not self.deployed.ami_id:
                return None  # nothing is deployed
            other = f", but {named} is none of them" if named is not None else ""
            self.reader.add_problem(entries[0][:-1], f"the stage names more than one {what}: {listed}{other}", way_out)
            return None
        if named is not None:
            message = f"the stage names the {what} {listed}, but {named} is deployed"
            self.reader.add_warning((*entries[0], *key), message, f"{way_out}, or correct the stage")
        return entries[0]

    def _compare_artifact(self, primary: Path) -> None:
        service, ami = self.deployed.service, self.deployed.ami_id
        index = None if service is None else primary_index(service)
        source = None if service is None or index is None else _named(service, (*SOURCES, index, "identifier"))
        reference = (*primary, "primaryArtifactRef")
        wanted = self._text(reference)
        if source is not None and not ami and wanted not in {"", source.name}:
            message = f"the stage deploys from the source {quote_value(wanted)}, but {source} is used"
            self.reader.add_warning(
                reference, message, "set primaryArtifactRef in the service, or in the input variables"
            )
        for path in self.entries((*primary, "sources")):
            if source is not None and self._text((*path, "identifier")) not in {"", source.name}:
                continue
            for key in ("version", "versionRegex"):
                deployed = _Named(ami, "input ami-id") if ami else None
                if service is not None and index is not None and not ami:
                    deployed = _named(service, (*SOURCES, index, "spec", key))
                self._compare_version((*path, "spec", key), deployed)

    def _compare_version(self, path: Path, deployed: _Named | None) -> None:
        wanted = self._text(path)
        if wanted and deployed is not None and wanted != deployed.name:
            found = f"{deployed} is deployed" if deployed.name else f"the service has no {path[-1]}"
            message = f"the stage names the {path[-1]} {quote_value(wanted)}, but {found}"
            self.reader.add_warning(path, message, _VERSION)

    def _place_of_variable(self, name: str) -> str:
        service = self.deployed.service
        variables = as_items(value_at(service.value, VARIABLES)) if service is not None else []
        for index, each in enumerate(variables):
            if service is not None and value_at(each, ("name",)) == name:
                return str(service.location_of((*VARIABLES, index, "value")))
        return "input variables"

    def _text(self, path: Path) -> str:
        return self.reader.known_text(path, self.context)


def _named(document: Document, path: Path) -> _Named:
    return _Named(as_plain_text(value_at(document.value, path)), str(document.location_of(path)))


def _bare(name: str) -> str:
    """The identifier without its scope, such as that of `org.web`."""
    return next((name.removeprefix(scope) for scope in _SCOPES if name.startswith(scope)), name)


def _find_variables(value: JsonValue, path: Path) -> Iterator[Path]:
    for key, inner in as_mapping(value).items():
        if key == "variables":
            yield from ((*path, key, index) for index, _ in enumerate(as_items(inner)))
        else:
            yield from _find_variables(inner, (*path, key))
    if isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _find_variables(inner, (*path, index))
