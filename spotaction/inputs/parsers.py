"""Parsers of inputs: lines, URLs, YAML, secrets, deployment records."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spotaction.documents.accessors import as_plain_text
from spotaction.documents.load_balancers import parse_instances
from spotaction.documents.scalars import value_error, whole_number_or_none
from spotaction.documents.wording import quote_value
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.record import MESSAGES
from spotaction.model.redaction import HIDDEN, SHORTEST
from spotaction.model.resources import JsonObject, JsonValue

if TYPE_CHECKING:
    from spotaction.documents.source import Document

EXPRESSION = "<+"


def parse_line(text: str) -> str:
    """Return a single line of printable text.

    Raises `InvalidError`, which quotes nothing but the character that is not allowed: the text may be a secret.
    """
    odd = next((at for at, sign in enumerate(text) if not sign.isprintable()), None)
    if odd is not None:
        message = f"must be one line of printable text; character {odd + 1} is U+{ord(text[odd]):04X}"
        raise value_error(message, "remove it")
    return text


def parse_url(text: str) -> str:
    """Return an https URL without its trailing slash; http is allowed for a loopback host only."""
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise value_error(f"{_without_credentials(text)} is not a URL", "for example https://api.spotinst.io") from None
    local = url.scheme == "http" and _is_loopback(url.hostname or "")
    if not (url.scheme == "https" or local) or not url.hostname:
        raise value_error(
            f"{_without_credentials(text)} is not an https URL", "the Spot token is sent with every request"
        )
    if url.username or url.password or url.query or url.fragment:
        raise value_error(
            f"{_without_credentials(text)} has more than scheme, host, port and path",
            "remove user, query and fragment",
        )
    return text.rstrip("/")


def parse_document(name: str, check: Callable[[JsonValue, "Document"], object]) -> "Callable[[str], Document | None]":
    """Return a parser of YAML, which is checked at once unless an expression has to be resolved first."""

    def parse(text: str) -> "Document | None":
        if not text:
            return None
        document = _parse_yaml(name, text)
        if EXPRESSION not in text:
            check(document.value, document)
        return document

    return parse


@dataclass(frozen=True)
class GivenChecks:
    """The input `checks`: a list, or the path of a file that has it; neither if it was not given."""

    document: "Document | None" = None
    file: str = ""


def parse_checks_text(text: str) -> GivenChecks:
    """Return the checks in a YAML list, or the path of a file: a single line that no list begins with."""
    if text and "\n" not in text and not text.startswith(("-", "[")):
        if text.startswith("{") or ": " in text:
            raise value_error("is neither a list nor a path", "begin each check with a dash: - name: smoke")
        if EXPRESSION in text:
            raise value_error("contains an expression, but none is resolved in a path", "write the path itself")
        return GivenChecks(file=parse_line(text))
    return GivenChecks(_parse_yaml("checks", text)) if text else GivenChecks()


@dataclass(frozen=True)
class GivenVariables:
    """The input `variables`: values by name, or the path of a file that has them."""

    values: JsonObject = field(default_factory=dict)
    file: str = ""


def parse_variables(text: str) -> GivenVariables:
    """Return the variables in a YAML mapping, or the path after `@`, which no YAML begins with."""
    if text.startswith("@"):
        return GivenVariables(file=parse_line(text[1:].strip()))
    return GivenVariables(parse_mapping("variables")(text))


def parse_mapping(name: str) -> Callable[[str], JsonObject]:
    """Return a parser of YAML mappings; an empty text and `null` (toJSON of a missing matrix) are empty mappings."""

    def parse(text: str) -> JsonObject:
        value = _parse_yaml(name, text).value if text else None
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise value_error("is not a mapping of names to values", "write one 'name: value' per line")
        return value

    return parse


@dataclass(frozen=True)
class JobMatrix:
    """The input `job-matrix`: the job's values in the matrix, and its place among the `jobs` that run at once."""

    values: JsonObject = field(default_factory=dict)
    index: int = 0
    jobs: int = 1


def parse_job_matrix(text: str) -> JobMatrix:
    """Return the job's matrix of GitHub's contexts `matrix` and `strategy`; of both, any part may be missing.

    No more than `max-parallel` of the jobs run at once.
    """
    contexts = _read_contexts(text)
    unknown = sorted(contexts.keys() - {"matrix", "strategy"})
    if unknown:
        hint = 'write {"matrix": {…}, "strategy": {"job-index": 0, "job-total": 1}}'
        raise value_error(f"has {', '.join(map(quote_value, unknown))} beside matrix and strategy", hint)
    matrix, strategy = (_inner_mapping(contexts, name) for name in ("matrix", "strategy"))
    index, total, most = (_whole_number(strategy, name) for name in ("job-index", "job-total", "max-parallel"))
    jobs = max(1, min(total or 1, most or total or 1))
    return JobMatrix(matrix, (index or 0) % jobs, jobs)


def parse_secrets(text: str) -> Mapping[str, str]:
    """Return secrets by name; raises `InvalidError`, which quotes nothing of the text."""
    try:
        value = parse_mapping("secrets")(text)
    except InvalidError as error:
        places = [problem.place for problem in error.problems]
        problem = Problem("is not a YAML mapping of names to text", "", places[0], "write one 'NAME: value' per line")
        raise InvalidError([problem]) from None
    problems = [
        Problem(f"the value of {quote_value(str(name))} is not text", hint="put it in quotes")
        for name, secret in value.items()
        if not isinstance(secret, str)
    ]
    if problems:
        raise InvalidError(problems)
    return {str(name): str(secret) for name, secret in value.items()}


def secret_texts(text: str) -> Iterator[str]:
    """Yield the values to mask of the input `secrets`; of an invalid one, whatever may be a value on each line."""
    try:
        yield from parse_secrets(text).values()
    except InvalidError:
        for line in text.splitlines():
            name, colon, value = line.partition(": ")
            word = (value if colon else name).strip(" \"'")
            if len(word) >= SHORTEST:
                yield word


def parse_instances_text(text: str) -> JsonValue:
    """Return `instances` as text or mapping, checked unless an expression has to be resolved first."""
    value = _parse_yaml("instances", text).value if ":" in text else text
    if EXPRESSION not in text:
        parse_instances(value)
    return value


def parse_record(text: str) -> str:
    """Return the output `deployment` of an earlier step unchanged; its content is checked where it is used.

    A record with a redacted name is refused, since no group and no rule has that name.
    """
    try:
        value = json.loads(text) if text else {}
        names = json.dumps({key: each for key, each in value.items() if key not in MESSAGES})
    except (ValueError, AttributeError, RecursionError):
        hint = "pass the output `deployment` of an earlier step unchanged"
        raise value_error("is not a deployment record", hint) from None
    if HIDDEN in names:
        raise value_error(
            f"has {HIDDEN} in place of a name", "omit it: the markers of the groups identify the deployment"
        )
    return text


def _read_contexts(text: str) -> JsonObject:
    """Read JSON, as every run on GitHub passes it, without PyYAML; what a person writes may be YAML."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant) if text else {}
    except (ValueError, RecursionError):
        return parse_mapping("job-matrix")(text)
    return value if isinstance(value, dict) else parse_mapping("job-matrix")(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _inner_mapping(value: JsonObject, name: str) -> JsonObject:
    """Return the mapping `name`; an empty one where it is missing or null, as outside of a matrix."""
    inner = value.get(name)
    if inner is not None and not isinstance(inner, Mapping):
        raise value_error(f"{name} is not a mapping of names to values", f"write GitHub's context {name} as JSON")
    return inner or {}


def _whole_number(strategy: JsonObject, name: str) -> int | None:
    value = strategy.get(name)
    number = whole_number_or_none(value)
    if number is None and value is not None:
        raise value_error(f"strategy.{name} is {as_plain_text(value)}, not a whole number, 0 or more", "for example 3")
    return number


def _parse_yaml(name: str, text: str) -> "Document":
    # PyYAML is a tenth of the start-up time, and most workflows never need it here.
    from spotaction.documents.source import parse_document  # noqa: PLC0415

    return parse_document(text, name=f"input {name}")


def _without_credentials(url: str) -> str:
    """Return a URL as an error quotes it: without a possible password or token."""
    return quote_value(re.sub(r"(?s)[?#].*", "", re.sub(r"(?s)^(https?://)?.*@", rf"\g<1>{HIDDEN}@", url)))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
