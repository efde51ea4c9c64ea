"""Reduces recorded calls to what a cassette keeps: production's address, the body without user data, few headers."""

import json
import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from vcr import VCR

HERE = Path(__file__).parents[1] / "e2e" / "cassettes"
RECORDED = HERE / "recorded"
SPOT = "https://api.spotinst.io"
HIDDEN = "(user data)"
MATCH_ON = ("method", "scheme", "host", "port", "path", "query", "body")

# The service and region that an AWS request is signed for.
_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9]+)/aws4_request")
_KEPT_OF_REQUEST = frozenset({"content-type"})
_KEPT_OF_ANSWER = frozenset({"content-type", "date", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"})
_USER_DATA = re.compile(rb'("userData": ?")[^"]+(")')

_KEY_ID = re.compile(rb"AKIA[0-9A-Z]{16}")

# vcrpy has no type hints.
Cassette = Any
Request = Any
Answer = dict[str, Any]


def request(sent: Request) -> Request:
    """Return a request with production's address in place of the sandbox's."""
    sent.uri = _in_production(sent)
    kept = {name: _text(value) for name, value in sent.headers.items() if name.lower() in _KEPT_OF_REQUEST}
    sent.headers = kept
    sent.body = _without_user_data(sent.body) if sent.body else sent.body
    return sent


def answer(received: Answer) -> Answer:
    """Return a response without the headers that depend on the machine."""
    headers = {name: value for name, value in received["headers"].items() if name.lower() in _KEPT_OF_ANSWER}
    body = _KEY_ID.sub(b"AKIAREPLAYED00000000", _without_user_data(received["body"]["string"]))
    return {**received, "headers": headers, "body": {**received["body"], "string": body}}


CONFIG: dict[str, Any] = {
    "match_on": MATCH_ON,
    "before_record_request": request,
    "before_record_response": answer,
    "decode_compressed_response": True,
}


def replayed(strategy: str) -> AbstractContextManager[Cassette]:
    """Play a cassette without ever recording."""
    cassette: AbstractContextManager[Cassette] = VCR(record_mode="none", **CONFIG).use_cassette(
        str(RECORDED / f"{strategy}.yaml")
    )
    return cassette


def outputs_of(strategy: str) -> Path:
    """Return the outputs of the recorded run."""
    return RECORDED / f"{strategy}.outputs.json"


def keep_outputs(strategy: str, outputs: dict[str, str]) -> None:
    """Write the outputs next to the cassette."""
    RECORDED.mkdir(exist_ok=True)
    outputs_of(strategy).write_text(json.dumps(outputs, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _in_production(sent: Request) -> str:
    parts = urlsplit(sent.uri)
    if parts.hostname != "127.0.0.1":
        return str(sent.uri)
    signed = _SCOPE.search(_text(sent.headers.get("Authorization", "")))
    host = f"https://{signed['service']}.{signed['region']}.amazonaws.com" if signed else SPOT
    return f"{host}{urlunsplit(('', '', parts.path, parts.query, ''))}"


def _without_user_data(body: bytes | str) -> bytes:
    return _USER_DATA.sub(rf"\g<1>{HIDDEN}\g<2>".encode(), body.encode() if isinstance(body, str) else body)


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0]
    return value.decode() if isinstance(value, bytes) else str(value)
