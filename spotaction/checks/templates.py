"""Variables in the queries of checks, such as `{{new.target-group}}`: their names, and their values for a release."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from math import floor

from spotaction.documents.scalars import value_error
from spotaction.documents.wording import hint_nearest, is_or_are
from spotaction.model.check_kinds import CheckKind
from spotaction.model.checks import Subject
from spotaction.model.deployment import GroupRef
from spotaction.model.resources import Route

_VARIABLE = re.compile(r"(?P<github>\$?)\{\{\s*(?P<name>[^{}]*?)\s*\}\}")
_NUMBERED = re.compile(r"(?P<name>.*[a-z])\.(?P<number>[1-9][0-9]?)", re.ASCII)
_UNSAFE = re.compile(r"[\"'`\\{}\x00-\x1f\x7f]")
_SIGNS = re.compile(r"[.()\[\]+*?^$|]")  # of regular expressions, without those that are unsafe
_LONGEST = 16 * 1024  # characters of a query with its values; a server's own limit is not lower


class ValuelessError(Exception):
    """A variable has no value for this release, or not yet; the message is for people."""


def _suffix(arn: str) -> str:
    """The end of a target group's ARN that CloudWatch has as dimension: `targetgroup/name/hash`."""
    return arn.rpartition(":")[2]


def _load_balancers(routes: Iterable[Route]) -> tuple[str, ...]:
    """The ends of the load balancers' ARNs that CloudWatch has as dimension, such as `app/name/hash`."""
    tails = (route.listener.partition(":listener/")[2].split("/") for route in routes)
    return tuple(dict.fromkeys("/".join(tail[:3]) for tail in tails if len(tail) > 2))  # noqa: PLR2004 - kind, name, hash


def _of_group(group: GroupRef | None, part: Callable[[GroupRef], str]) -> tuple[str, ...]:
    return (part(group),) if group is not None else ()


def _one_of(values: Iterable[str]) -> tuple[str, ...]:
    """The values as one regular expression, in brackets; the dots stand for themselves."""
    found = [value.replace(".", "[.]") for value in values]
    return (f"({'|'.join(found)})",) if found else ()


#: The values of each variable: none is an error where it is used, several have a number each, from 1.
_VALUES: Mapping[str, Callable[[Subject], Sequence[str]]] = {
    "app": lambda subject: (subject.app,),
    "environment": lambda subject: (subject.environment,),
    "region": lambda subject: (subject.region,),
    "step": lambda subject: (subject.step,),
    "image": lambda subject: (subject.image.id,),
    "image.name": lambda subject: (subject.image.name,),
    "new.group": lambda subject: _of_group(subject.new, lambda group: group.id),
    "new.group.name": lambda subject: _of_group(subject.new, lambda group: group.name),
    "old.group": lambda subject: _of_group(subject.old, lambda group: group.id),
    "old.group.name": lambda subject: _of_group(subject.old, lambda group: group.name),
    "old.image": lambda subject: _of_group(subject.old, lambda group: group.image or ""),
    "new.target-group": lambda subject: tuple(map(_suffix, subject.new_target_groups)),
    "old.target-group": lambda subject: tuple(map(_suffix, subject.old_target_groups)),
    "new.target-group.arn": lambda subject: subject.new_target_groups,
    "old.target-group.arn": lambda subject: subject.old_target_groups,
    "load-balancer": lambda subject: _load_balancers(subject.production),
    "new.instances": lambda subject: _one_of(subject.instance_ids),
    "new.ips": lambda subject: _one_of(subject.private_ips),
}
#: Those of which there may be several, with numbers.
_NUMBERED_NAMES = frozenset(
    {"new.target-group", "old.target-group", "new.target-group.arn", "old.target-group.arn", "load-balancer"}
)
#: Those whose value is a regular expression already.
_EXPRESSIONS = frozenset({"new.instances", "new.ips"})
_WINDOW = "window"
_NAMES = (*_VALUES, _WINDOW)


def read_template(text: str) -> str:
    """Return the text if every variable in it is known. Raises `InvalidError` without a place."""
    for found in _VARIABLE.finditer(text):
        name = found["name"]
        if found["github"]:
            hint = "they have a value in the workflow's own file only; set it there, or use a variable of checks"
            raise value_error(f"${{{{ {name} }}}} is an expression of GitHub", hint)
        if name not in _NAMES and _split(name)[0] not in _NUMBERED_NAMES:
            hint = hint_nearest(name, _NAMES) or f"there are {', '.join(sorted(_NAMES))}"
            raise value_error(f"{{{{{name}}}}} is not a variable of checks", hint)
    if "{{" in _VARIABLE.sub("", text):
        raise value_error("{{ has no }}", "a variable is for example {{new.group}}")
    return text


def names_variable(kind: CheckKind, name: str) -> bool:
    """Return whether a text of a check names a variable, wherever that may be filled in."""
    return any(found["name"] == name for found in _VARIABLE.finditer(str(asdict(kind))))


def change_texts(value: object, change: Callable[[str], str]) -> object:
    """Return a value of JSON with `change` applied to every text in it, but not to keys."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: change_texts(each, change) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [change_texts(each, change) for each in value]
    return value


def fill_template(text: str, subject: Subject, *, window: float, as_pattern: bool = False) -> str:
    """Return the text with the values of a release; `window` is in seconds. Raises `ValuelessError`.

    In a text that is a regular expression (`as_pattern`) the values stand for themselves: names of images have dots
    and brackets.
    """

    def fill(found: re.Match[str]) -> str:
        value = _value_of(found["name"], subject, window)
        return _SIGNS.sub(r"\\\g<0>", value) if as_pattern and found["name"] not in _EXPRESSIONS else value

    filled = _VARIABLE.sub(fill, text)
    if len(filled) > _LONGEST:
        raise ValuelessError(f"the query with its values is longer than {_LONGEST} characters")
    return filled


def _value_of(name: str, subject: Subject, window: float) -> str:
    if name == _WINDOW:
        return f"{floor(window)}s"
    known, number = _split(name)
    values = [value for value in _VALUES[known](subject) if value]
    if not values:
        raise ValuelessError(f"{{{{{known}}}}} has no value for this release yet")
    if number is None and len(values) > 1:
        raise ValuelessError(f"{{{{{known}}}}} has {len(values)} values: write {{{{{known}.1}}}} for the first")
    if number is not None and number > len(values):
        raise ValuelessError(f"{{{{{name}}}}} has no value: there {is_or_are(len(values))} {len(values)}")
    value = values[(number or 1) - 1]
    if _UNSAFE.search(value):
        raise ValuelessError(
            f"the value of {{{{{name}}}}} has a quote, a brace or another character that would end a text"
        )
    return value


def _split(name: str) -> tuple[str, int | None]:
    """A name without its number, and the number, if it has one."""
    found = _NUMBERED.fullmatch(name)
    return (found["name"], int(found["number"])) if found else (name, None)
