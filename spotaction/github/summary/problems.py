"""The problems of invalid inputs and documents: the way out first, then the problem, then where it is."""

import re
from collections.abc import Sequence

from spotaction.github.markdown import code_span, escape_inline, more_in_log
from spotaction.model.errors import Problem, SourceLocation

_SHOWN = 200
_EXAMPLE = "for example "
_PREDICATE = re.compile(r"(is|has|are|have|cannot|contains|must|needs|requires|would)\b")
_PLACES = 5  # of one problem that is in many places


def render_problems(problems: Sequence[Problem]) -> str:
    """Return a numbered list: each problem once with all its places, and the number of those that are not shown."""
    places: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        places.setdefault((problem.hint, problem.message), []).append(problem)
    shown = list(places.items())[:_SHOWN]
    short = _short_names([problem.place for problem in problems if problem.place])
    items = [
        f"{number}. {_describe(hint, message, found)}{_where(found, short)}\n"
        for number, ((hint, message), found) in enumerate(shown, start=1)
    ]
    left = len(problems) - sum(len(found) for _, found in shown)
    return "".join(items) + more_in_log(left, 0)


def _describe(hint: str, message: str, found: Sequence[Problem]) -> str:
    problem = f"{code_span(found[0].subject)} {escape_inline(message)}" if _names_it(found) else _capitalised(message)
    if not hint or hint.startswith(_EXAMPLE):
        return f"**{problem}**{f' ({escape_inline(hint)})' if hint else ''}"
    stop = "" if hint.endswith((".", "?", "!")) else "."
    return f"**{_capitalised(hint)}{stop}** {problem}"


def _names_it(found: Sequence[Problem]) -> bool:
    """Whether the sentence begins with the one input or key that it is about: `spot-token` is missing."""
    return len(found) == 1 and bool(found[0].subject) and _PREDICATE.match(found[0].message) is not None


def _capitalised(text: str) -> str:
    return escape_inline(text[:1].upper() + text[1:])


def _where(found: Sequence[Problem], short: dict[str, str]) -> str:
    named = _names_it(found)
    listed = [_place(problem, short, named=named) for problem in found[:_PLACES]]
    more = f" and {len(found) - _PLACES} more" if len(found) > _PLACES else ""
    many = f" ({len(found)} times)" if len(found) > 1 else ""
    return f"{many}<br>{', '.join(listed)}{more}" if any(listed) else many


def _place(problem: Problem, short: dict[str, str], *, named: bool) -> str:
    """The place, short: the log has the whole path, as an annotation that GitHub shows in the file."""
    place = problem.place
    field = code_span(problem.subject) if problem.subject and not named else ""
    if place is None:
        return field
    where = code_span(f"{short.get(place.file, place.file)}:{place.line}:{place.column}")
    return f"{where} {field}".strip()


def _short_names(places: Sequence[SourceLocation]) -> dict[str, str]:
    """Each file without its folders, unless two of them would be the same."""
    files = dict.fromkeys(place.file for place in places)
    names = [file.rsplit("/", maxsplit=1)[-1] for file in files]
    return {file: name if names.count(name) == 1 else file for file, name in zip(files, names, strict=True)}
