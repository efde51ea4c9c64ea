"""Finds, reads and checks the documents of a deployment, and collects every problem on the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as File

from spotaction.documents.accessors import picked, value_at
from spotaction.documents.elastigroup import READ_EARLY
from spotaction.documents.elastigroup_rules import check_group
from spotaction.documents.expressions.lookups import Context, has_unresolved
from spotaction.documents.expressions.resolver import resolve_expressions, resolve_fields
from spotaction.documents.expressions.scope import (
    INFRASTRUCTURE_NAMES,
    SERVICE_NAMES,
    ResolvedDocuments,
    WorkflowValues,
    before_artifact,
    resolve_documents,
)
from spotaction.documents.schema_messages import by_place
from spotaction.documents.service import SPEC, StoreRef, check_service, store_ref
from spotaction.documents.source import Document, check_document, parse_document, read_document
from spotaction.documents.tree import Path, dotted_path
from spotaction.documents.workspace import find_file, read_text, strip_repository_root
from spotaction.model.errors import InvalidError, Problem, SourceLocation

MAX_USER_DATA = 16 * 1024  # bytes before base64; the limit is EC2's
MAX_SCRIPT = 64 * 1024

_CONFIG_STORE: Path = ("infrastructureDefinition", "spec", "configuration", "store")
_CONFIG_ENDINGS = ("", ".json", ".yaml", ".yml")
_FREE = frozenset({"description", "tagValue"})  # any text will do there, and no text, too
_SCRIPT_STORE: Path = (*SPEC, "startupScript", "store")
_SCRIPT_ENDINGS = ("", ".sh")


@dataclass(frozen=True)
class Loaded:
    """The documents as far as they could be read; the originals are those before expressions were resolved."""

    settled: ResolvedDocuments
    config: Document | None
    config_original: Document | None
    script: Document | None
    script_original: Document | None


@dataclass
class Loader:
    """Reads documents below `workspace` and `roots`; what is wrong with them gathers in `problems`."""

    workspace: File
    roots: Sequence[File]
    given: WorkflowValues
    problems: list[Problem] = field(default_factory=list)

    def load_all(self, service: str, infrastructure: str, config: str, startup_script: str = "") -> Loaded:
        """Everything that the two documents lead to; either may be left out, where that is given instead."""
        settled = self._resolve_documents(service, infrastructure)
        in_service = list(check_resolved(settled.service, "service", settled.problems))
        if settled.service is not None and not in_service:
            in_service += check_service(settled.service, artifact_version=self.given.artifact_version)
        self.problems += [*in_service, *check_resolved(settled.infrastructure, "infrastructure", settled.problems)]
        config_original = self._read_config(settled.infrastructure, config)
        script_original = self._script_file(startup_script) if startup_script else self._read_script(settled.service)
        resolved_config, wrong = resolve_config(config_original, settled.context)
        script, also_wrong = resolve_script(script_original, before_artifact(settled.context))
        self.problems += [*wrong, *also_wrong]
        return Loaded(settled, resolved_config, config_original, script, script_original)

    def read_context(self, service: str, infrastructure: str) -> Context:
        """What expressions may look up, as far as the documents say."""
        return self._resolve_documents(service, infrastructure).context

    def _resolve_documents(self, service: str, infrastructure: str) -> ResolvedDocuments:
        """Both documents; one that cannot be read has a problem of its own, and others are not blamed for it."""
        one, other = self._read_document(service, "service"), self._read_document(infrastructure, "infrastructure")
        unread = SERVICE_NAMES if service and one is None else frozenset()
        unread |= INFRASTRUCTURE_NAMES if infrastructure and other is None else frozenset()
        return resolve_documents(one, other, replace(self.given, deferred=self.given.deferred | unread))

    def _read_document(self, path: str, name: str) -> Document | None:
        """The document that the input `name` leads to."""
        if not path:
            return None
        try:
            return read_document(path, workspace=self.workspace, roots=self.roots)
        except InvalidError as error:
            self.problems += of_input(name, error.problems)
            return None

    def _read_config(self, infrastructure: Document | None, path: str) -> Document | None:
        if path:
            return self._read_document(path, "elastigroup-config")
        store = _store_at(infrastructure, _CONFIG_STORE)
        if infrastructure is None or store is None:
            return None
        try:
            if store.content:
                place = infrastructure.location_of(store.at)
                return parse_document(store.content, name=place.file, offset=place.line)
            hint = "or say with the input elastigroup-config where it lies"
            return read_document(
                self._find_store_file(store, infrastructure, _CONFIG_ENDINGS, hint), workspace=self.workspace
            )
        except InvalidError as error:
            self.problems += error.problems
            return None

    def _read_script(self, service: Document | None) -> Document | None:
        store = _store_at(service, _SCRIPT_STORE)
        if service is None or store is None:
            return None
        if store.content:
            return Document(service.name, store.content, {(): service.location_of(store.at)})
        try:
            path = self._find_store_file(store, service, _SCRIPT_ENDINGS, "")
            content = read_text(path, workspace=self.workspace, limit=MAX_SCRIPT)
        except InvalidError as error:
            self.problems += error.problems
            return None
        start = SourceLocation(path)
        return Document(path, content, {(): start}, text_marks={(): start})

    def _script_file(self, path: str) -> Document | None:
        try:
            path = strip_repository_root(path, workspace=self.workspace, roots=self.roots)
            content = read_text(path, workspace=self.workspace, roots=self.roots, limit=MAX_SCRIPT)
        except InvalidError as error:
            self.problems += of_input("startup-script", error.problems)
            return None
        start = SourceLocation(path)
        return Document(File(path).name, content, {(): start}, text_marks={(): start})

    def _find_store_file(self, store: StoreRef, document: Document, endings: tuple[str, ...], hint: str) -> str:
        """The path, relative to the workspace, of a file that a store names; a leading / is the repository's root."""
        bare = store.file.removeprefix("account:").removeprefix("org:").lstrip("/")
        try:
            file = find_file(bare, workspace=self.workspace, roots=(), endings=endings, hint=hint)
        except InvalidError as error:
            place, beside = document.location_of(store.at), self._hint_near_document(document, bare, endings)
            raise InvalidError(
                [
                    Problem(f"'{each.subject}': {each.message}", dotted_path(store.at), place, beside or each.hint)
                    for each in error.problems
                ]
            ) from error
        return file.relative_to(self.workspace.resolve()).as_posix()

    def _hint_near_document(self, document: Document, path: str, endings: Sequence[str]) -> str:
        """A way out for who took `/` for the document's own folder, or copied documents to another one."""
        for ending in endings:
            near = File(document.name).with_name(File(path).name + ending)
            if not near.is_absolute() and (self.workspace / near).is_file():
                return f"did you mean '/{near.as_posix()}'? Paths in documents start at the repository's root"
        return ""


def of_input(name: str, problems: Sequence[Problem]) -> list[Problem]:
    """The problems, which name the input where there is no place in a file to name."""
    return [each if each.place else replace(each, subject=f"{name}: {each.subject}") for each in problems]


def check_resolved(document: Document | None, schema: str, unresolved: Sequence[Problem]) -> Iterator[Problem]:
    """What is wrong with a resolved document; a value that could not be resolved is not complained about twice."""
    if document is None:
        return
    found = check_document(document, schema)
    foreign = _misplaced_keys(document, found)
    mine = [each for each in unresolved if each.place is None or each.place.file == document.name]
    mine = [each for each in mine if not any(_is_below(each.subject, key) for key in foreign)]
    yield from mine
    subjects = {problem.subject for problem in mine}
    yield from (problem for problem in found if problem.subject not in subjects)


def _misplaced_keys(document: Document, found: Sequence[Problem]) -> list[str]:
    """The keys that do not belong where they stand: what is written below them need not be resolved."""
    keys = {(dotted_path(path), place) for path, place in document.key_marks.items()}
    return [problem.subject for problem in found if (problem.subject, problem.place) in keys]


def _is_below(subject: str, key: str) -> bool:
    return subject == key or subject.startswith((f"{key}.", f"{key}["))


def resolve_config(document: Document | None, context: Context) -> tuple[Document | None, list[Problem]]:
    """An Elastigroup config with its expressions resolved, and all that is wrong with it.

    What is read before the image is known cannot be said with the artifact.
    """
    if document is None:
        return None, []
    resolved, unresolved = resolve_fields(document, before_artifact(context), unchecked=lambda path: path[-1] in _FREE)
    early = replace(document, value=picked(document.value, READ_EARLY))
    unresolved = (*unresolved, *resolve_fields(early, context)[1])
    problems = list(check_resolved(resolved, "elastigroup", sorted(set(unresolved), key=by_place)))
    return resolved, problems or list(check_group(resolved))


def resolve_script(document: Document | None, context: Context) -> tuple[Document | None, list[Problem]]:
    """A start-up script (the document's value is its text) with its expressions resolved, at most 16 KiB."""
    if document is None:
        return None, []
    resolved, problems = resolve_expressions(document, context)
    if str(document.value).strip() and not str(resolved.value).strip():
        message = "the start-up script resolves to an empty value"
        return resolved, [
            *problems,
            Problem(message, place=document.location_of(()), hint="give it a value, or leave it out"),
        ]
    size = len(str(resolved.value).encode())
    if size > MAX_USER_DATA:
        message = f"the start-up script has {size} bytes; EC2 takes {MAX_USER_DATA}"
        return resolved, [*problems, Problem(message, place=document.location_of(()), hint="let it fetch the rest")]
    return resolved, list(problems)


def _store_at(document: Document | None, path: Path) -> StoreRef | None:
    """What a store names, when that is known: not where the document is wrong there, or not resolved."""
    if document is None or not isinstance(value_at(document.value, (*path, "spec")), dict):
        return None
    store = store_ref(document, path)
    return store if store and (store.content or store.file) and not has_unresolved(store.file) else None
