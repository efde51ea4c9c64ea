"""Inputs that are more than a word: lines, URLs, YAML, records."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from spotaction.documents.load_balancers import parse_instances
from spotaction.documents.scalars import quote_value, value_error
from spotaction.model.errors import InvalidError, Problem
from spotaction.model.record import MESSAGES
from spotaction.model.redaction import HIDDEN, SHORTEST
from spotaction.model.resources import JsonObject, JsonValue

if TYPE_CHECKING:
    from spotaction.documents.source import Document

EXPRESSION = "<+"


def parse_line(text: str) -> str:
    """A text of one line. It may be a secret, so an error quotes nothing of it but the character that is wrong."""
    odd = next((at for at, sign in enumerate(text) if not sign.isprintable()), None)
    if odd is not None:
        what = "is more than one line, or has characters that do not print"
        raise value_error(f"{what}: character {odd + 1} is U+{ord(text[odd]):04X}", "write it without that")
    return text


def parse_url(text: str) -> str:
    """An https URL without a trailing slash; http only where nothing leaves this machine."""
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise value_error(
            f"{_without_credentials(text)} is not a URL", "write it like https://api.spotinst.io"
        ) from None
    local = url.scheme == "http" and _is_loopback(url.hostname or "")
    if not (url.scheme == "https" or local) or not url.hostname:
        raise value_error(
            f"{_without_credentials(text)} is not an https URL", "the Spot token travels in every request"
        )
    if url.username or url.password or url.query or url.fragment:
        raise value_error(
            f"{_without_credentials(text)} is more than scheme, host, port and path",
            "leave out user, query and fragment",
        )
    return text.rstrip("/")


def parse_document(name: str, check: Callable[[JsonValue, "Document"], object]) -> "Callable[[str], Document | None]":
    """A parser of YAML that is checked at once, unless an expression has to be filled in before."""

    def parse(text: str) -> "Document | None":
        if not text:
            return None
        document = _parse_yaml(name, text)
        if EXPRESSION not in text:
            check(document.value, document)
        return document

    return parse


def parse_mapping(name: str) -> Callable[[str], JsonObject]:
    """A parser of YAML mappings; nothing and `null` (what toJSON says of no matrix) are empty ones."""

    def parse(text: str) -> JsonObject:
        value = _parse_yaml(name, text).value if text else None
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise value_error("is not a mapping of names to values", "write one 'name: value' a line")
        return value

    return parse


def parse_secrets(text: str) -> Mapping[str, str]:
    """Names and secret texts; what is wrong is told without a word of what was written."""
    try:
        value = parse_mapping("secrets")(text)
    except InvalidError as error:
        places = [problem.place for problem in error.problems]
        problem = Problem("is not a YAML mapping of names to texts", "", places[0], "write one 'NAME: value' a line")
        raise InvalidError([problem]) from None
    problems = [
        Problem(f"the value of {quote_value(str(name))} is not a text", hint="put it in quotes")
        for name, secret in value.items()
        if not isinstance(secret, str)
    ]
    if problems:
        raise InvalidError(problems)
    return {str(name): str(secret) for name, secret in value.items()}


def secret_texts(text: str) -> Iterator[str]:
    """What the input `secrets` may hold of secrets, also where it is wrong: then of each line what may be a value."""
    try:
        yield from parse_secrets(text).values()
    except InvalidError:
        for line in text.splitlines():
            name, colon, value = line.partition(": ")
            word = (value if colon else name).strip(" \"'")
            if len(word) >= SHORTEST:
                yield word


def parse_instances_text(text: str) -> JsonValue:
    """`instances` as text or mapping, checked unless an expression has to be filled in before."""
    value = _parse_yaml("instances", text).value if ":" in text else text
    if EXPRESSION not in text:
        parse_instances(value)
    return value


def parse_record(text: str) -> str:
    """The output `deployment` of an earlier step, as it was; what else it holds is checked where it is used.

    One in which somebody hid a name is refused: it would lead to groups and rules that bear no such name.
    """
    try:
        value = json.loads(text) if text else {}
        names = json.dumps({key: each for key, each in value.items() if key not in MESSAGES})
    except (ValueError, AttributeError, RecursionError):
        hint = "pass the output `deployment` of an earlier step as it is"
        raise value_error("is not the record of a deployment", hint) from None
    if HIDDEN in names:
        raise value_error(f"has {HIDDEN} in place of a name", "leave it out: the marks in the groups tell as much")
    return text


def _parse_yaml(name: str, text: str) -> "Document":
    # PyYAML is a tenth of the start-up time, and most workflows never need it here.
    from spotaction.documents.source import parse_document  # noqa: PLC0415

    return parse_document(text, name=f"input {name}")


def _without_credentials(url: str) -> str:
    """A URL as an error quotes it: without what may be a password or a token."""
    return quote_value(re.sub(r"(?s)[?#].*", "", re.sub(r"(?s)^(https?://)?.*@", rf"\g<1>{HIDDEN}@", url)))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
