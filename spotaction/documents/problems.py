"""What is wrong in a document: findings at a path, and the problems with a place that they become."""

from dataclasses import dataclass

from spotaction.documents.tree import Located, Path, dotted_path
from spotaction.model.errors import Problem, SourceLocation


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change: message and hint, for the value at `path` or, with `of_key`, for its key.

    `missing` are the keys of which one is required in the mapping at `path`. `meant` is the known key that an unknown
    one most likely is a misspelling of. A finding that is not `certain` to be wrong is a warning.
    """

    path: Path
    message: str
    hint: str = ""
    of_key: bool = False
    missing: tuple[str, ...] = ()
    meant: str = ""
    certain: bool = True

    def locate(self, document: Located) -> Problem:
        """Return the problem, with its place in the document."""
        place = document.key_place(self.path) if self.of_key else document.location_of(self.path)
        return Problem(self.message, dotted_path(self.path), place, self.hint)


def by_place(problem: Problem) -> tuple[SourceLocation, str, str]:
    """Return the sort key of a problem: place, subject, message."""
    return problem.place or SourceLocation(""), problem.subject, problem.message
