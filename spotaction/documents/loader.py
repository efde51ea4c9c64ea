"""Finds and reads the files of a deployment's documents, and collects the problems."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as File

from spotaction.documents.accessors import value_at
from spotaction.documents.expressions.lookups import has_unresolved
from spotaction.documents.expressions.scope import (
    INFRASTRUCTURE_NAMES,
    SERVICE_NAMES,
    ResolvedDocuments,
    WorkflowValues,
    resolve_documents,
)
from spotaction.documents.service import GIT_STORES, StoreRef, store_ref
from spotaction.documents.source import Document, parse_document, read_document
from spotaction.documents.stores import GitStore, find_checkout
from spotaction.documents.tree import Path, dotted_path
from spotaction.documents.unsupported import CONFIG_STORE, SCRIPT_STORE
from spotaction.documents.workspace import find_file, is_file, read_text, strip_repository_root
from spotaction.model.errors import InvalidError, Problem, SourceLocation

MAX_SCRIPT = 64 * 1024

_CONFIG_ENDINGS = ("", ".json", ".yaml", ".yml")
_SCRIPT_ENDINGS = ("", ".sh")


@dataclass
class Loader:
    """Reads documents below `workspace` and `roots`; a file that cannot be read is None, with a problem.

    `warnings` are those on files of another branch than their stores name.
    """

    workspace: File
    roots: Sequence[File]
    given: WorkflowValues
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def read_documents(self, service: str, infrastructure: str) -> ResolvedDocuments:
        """Return service and infrastructure with their expressions resolved, as far as they could be read.

        An expression on a document that could not be read stays as it is, and is no second problem.
        """
        one, other = self._read_document(service, "service"), self._read_document(infrastructure, "infrastructure")
        unread = SERVICE_NAMES if service and one is None else frozenset()
        unread |= INFRASTRUCTURE_NAMES if infrastructure and other is None else frozenset()
        return resolve_documents(one, other, replace(self.given, deferred=self.given.deferred | unread))

    def _read_document(self, path: str, name: str) -> Document | None:
        """The document at the path of the input `name`."""
        if not path:
            return None
        try:
            return read_document(path, workspace=self.workspace, roots=self.roots)
        except InvalidError as error:
            self.problems += of_input(name, error.problems)
            return None

    def read_config(self, infrastructure: Document | None, path: str) -> Document | None:
        """Return the Elastigroup config at `path`, or else that of the infrastructure; None without both."""
        if path:
            return self._read_document(path, "elastigroup-config")
        store = _store_at(infrastructure, CONFIG_STORE)
        if infrastructure is None or store is None:
            return None
        try:
            if store.content:
                place = infrastructure.location_of(store.at)
                return parse_document(store.content, name=place.file, offset=place.line)
            self._check_git_store(store, infrastructure, CONFIG_STORE, instead="elastigroup-config")
            hint = "or set the input elastigroup-config to its path"
            return read_document(
                self._find_store_file(store, infrastructure, _CONFIG_ENDINGS, hint), workspace=self.workspace
            )
        except InvalidError as error:
            self.problems += error.problems
            return None

    def read_script(self, service: Document | None, path: str = "") -> Document | None:
        """Return the start-up script at `path`, or else that of the service; the document's value is its text."""
        if path:
            return self._read_script_file(path)
        store = _store_at(service, SCRIPT_STORE)
        if service is None or store is None:
            return None
        if store.content:
            return Document(service.name, store.content, {(): service.location_of(store.at)})
        try:
            self._check_git_store(store, service, SCRIPT_STORE, instead="startup-script")
            path = self._find_store_file(store, service, _SCRIPT_ENDINGS, "")
            content = read_text(path, workspace=self.workspace, limit=MAX_SCRIPT)
        except InvalidError as error:
            self.problems += error.problems
            return None
        start = SourceLocation(path)
        return Document(path, content, {(): start}, text_marks={(): start})

    def _read_script_file(self, path: str) -> Document | None:
        try:
            path = strip_repository_root(path, workspace=self.workspace, roots=self.roots)
            content = read_text(path, workspace=self.workspace, roots=self.roots, limit=MAX_SCRIPT)
        except InvalidError as error:
            self.problems += of_input("startup-script", error.problems)
            return None
        start = SourceLocation(path)
        return Document(path, content, {(): start}, text_marks={(): start})

    def _check_git_store(self, store: StoreRef, document: Document, path: Path, *, instead: str) -> None:
        """Raise `InvalidError` if the file of a Git store is not in the workspace; warn if it is of another branch."""
        if store.kind not in GIT_STORES:
            return
        git = GitStore(document, path, find_checkout(self.workspace, self.given.github))
        wrong = git.other_repository(instead=instead) or git.other_commit()
        if wrong is not None:
            raise InvalidError([wrong])
        if (other := git.other_branch()) is not None:
            self.warnings.append(other)

    def _find_store_file(self, store: StoreRef, document: Document, endings: tuple[str, ...], hint: str) -> str:
        """The path of a store's file, relative to the workspace; a leading / in the store is the repository's root."""
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
        """A hint where the file is in the document's own folder instead."""
        name = File(path).name
        near = [File(document.name).with_name(name + ending) for ending in endings] if name else []
        for file in near:
            if not file.is_absolute() and file != File(path) and is_file(self.workspace / file):
                return f"did you mean '/{file.as_posix()}'? Paths in documents start at the repository's root"
        return ""


def of_input(name: str, problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems; the subject of those without a place begins with the input's name."""
    return [each if each.place else replace(each, subject=f"{name}: {each.subject}") for each in problems]


def _store_at(document: Document | None, path: Path) -> StoreRef | None:
    """The file or text of a store; None if the store is invalid or not resolved."""
    if document is None or not isinstance(value_at(document.value, (*path, "spec")), dict):
        return None
    store = store_ref(document, path)
    return store if store and (store.content or store.file) and not has_unresolved(store.file) else None
