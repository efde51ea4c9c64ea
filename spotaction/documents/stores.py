"""Git stores: whether the repository, branch and commit of a file are the ones that are checked out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as File

from spotaction.documents.accessors import as_plain_text, value_at
from spotaction.documents.expressions.lookups import has_unresolved
from spotaction.documents.source import Document
from spotaction.documents.tree import Path, dotted_path
from spotaction.documents.wording import quote_value
from spotaction.model.errors import Problem
from spotaction.model.resources import JsonValue

_HEAD = "ref: refs/heads/"
_SHORTEST_COMMIT = 7
_SHOWN_COMMIT = 12


@dataclass(frozen=True)
class Checkout:
    """What the workspace is a checkout of, as far as it is known: `owner/name`, a commit, and the names of its branch.

    A pull request has two names: `12/merge`, and that of its branch.
    """

    repository: str = ""
    commit: str = ""
    refs: tuple[str, ...] = ()


def find_checkout(workspace: File, github: Mapping[str, JsonValue]) -> Checkout:
    """Return what is checked out: branch and commit from the workspace's `.git`, else those of the workflow run."""
    repository, run_ref, run_commit = (as_plain_text(github.get(key)) for key in ("repository", "ref_name", "sha"))
    head = _read_line(workspace / ".git" / "HEAD")
    if head.startswith(_HEAD):
        branch = head.removeprefix(_HEAD)
        commit = _read_line(workspace / ".git" / "refs" / "heads" / branch)
        return Checkout(repository, commit or (run_commit if branch == run_ref else ""), (branch,))
    if head not in {"", run_commit}:
        return Checkout(repository, head)  # another commit than that of the run, whose branch is not known
    refs = (run_ref, as_plain_text(github.get("head_ref")))
    return Checkout(repository, run_commit, tuple(ref for ref in refs if ref))


@dataclass(frozen=True)
class GitStore:
    """A Git store: the path of its mapping in a document whose expressions are resolved, and what is checked out."""

    document: Document
    path: Path
    checkout: Checkout

    def other_repository(self, *, instead: str) -> Problem | None:
        """Return the problem of a file that is in another repository; `instead` is the input that replaces the store.

        Without a `repoName`, and outside of a workflow, the repository is taken to be the one that is checked out.
        """
        name, mine = self._text("repoName"), self.checkout.repository.lower().split("/")
        parts = name.lower().removesuffix("/").removesuffix(".git").replace(":", "/").split("/")
        if not name or mine == [""] or (parts[-1] == mine[-1] and parts[-2:-1] in ([], mine[:1])):
            return None
        message = f"the file is in repository {quote_value(name)}, but the workflow is in '{self.checkout.repository}'"
        hint = (
            "check it out with actions/checkout and a path, and write type: Harness with the path of the file in files,"
            f" or set the input {instead}"
        )
        return self._problem("repoName", message, hint)

    def other_commit(self) -> Problem | None:
        """Return the problem of a file that is pinned to a commit, if another one is checked out."""
        wanted, found = self._text("commitId").lower(), self.checkout.commit
        if not wanted or not found or self._text("gitFetchType") == "Branch":
            return None
        if len(wanted) >= _SHORTEST_COMMIT and found.startswith(wanted):
            return None
        message = f"the file is pinned to commit {quote_value(wanted)}, but {found[:_SHOWN_COMMIT]} is checked out"
        hint = "remove commitId and gitFetchType to read the file that is checked out, or check that commit out"
        return self._problem("commitId", message, hint)

    def other_branch(self) -> Problem | None:
        """Return the warning on a file of one branch, if another one is checked out, whose file is then read."""
        wanted, refs = self._text("branch").removeprefix("refs/heads/"), self.checkout.refs
        if not wanted or not refs or wanted in refs or self._text("gitFetchType") == "Commit":
            return None
        message = f"the branch is {quote_value(wanted)}, but {quote_value(refs[0])} is checked out"
        return self._problem("branch", message, "remove branch, or check out that branch")

    def _text(self, key: str) -> str:
        """The value of a key; empty where it is not known yet."""
        value = value_at(self.document.value, (*self.path, "spec", key))
        return "" if has_unresolved(value) else as_plain_text(value)

    def _problem(self, key: str, message: str, hint: str) -> Problem:
        path = (*self.path, "spec", key)
        return Problem(message, dotted_path(path), self.document.location_of(path), hint)


def _read_line(file: File) -> str:
    try:
        with file.open(encoding="utf-8") as stream:
            return stream.readline(1024).strip()
    except (OSError, ValueError):  # no checkout, one of another layout, or a branch that is only in packed-refs
        return ""
