"""Translates Spot's error responses into errors with a next step and without secrets."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from http import HTTPStatus

from spotaction.cloud.spot.parsing import as_text_or_empty, child_object, objects_in
from spotaction.model.errors import ApiError, CredentialError, SpotactionError
from spotaction.model.redaction import SHORTEST, is_secret, redact_fragments, truncate
from spotaction.model.resources import JsonObject, JsonValue

LONGEST = 400  # characters of Spot's own message

# Codes seen from Spot that succeed when retried; the first two hide throttling or a resource that is new at AWS.
TRANSIENT = ("CANT_CREATE_GROUP", "CANT_VALIDATE_IMAGE", "Throttling", "RequestLimitExceeded")
# Errors of a create after which the group may exist all the same.
DOUBTFUL = ("CANT_CREATE_GROUP", "CANT_VALIDATE_IMAGE", "InvalidParameterValue")
UNKNOWN_ACCOUNT = "ACCOUNT_DOESNT_EXIST"

NEXT_STEPS = {
    "ValidationError": "correct the field in the Elastigroup config and run again",
    "CANT_CREATE_GROUP": "AWS throttled or refused Spot; see the group's log in the Spot console and run again",
    "CANT_VALIDATE_IMAGE": "check that the AMI is in the group's region and shared with the account that Spot uses",
    "InvalidParameterValue": "check the names in the Elastigroup config; a new instance profile may need a minute",
    "SecurityGroupLimitExceeded": "raise the AWS quota for security groups, or use fewer",
    "GROUP_DOESNT_EXIST": "check the group's id and that spot-account-id is the account that holds it",
    "DEPLOYMENT_ALREADY_IN_PROGRESS": "stop the roll of this group in the Spot console or let it end, then run again",
}


def translate_refusal(
    *, call: str, mutation: bool, status: int, body: object, secrets: tuple[str, ...] = ()
) -> SpotactionError:
    """Return the error for a response that is not a success; `body` is its JSON, None if it had none.

    Spot's message is quoted without `secrets` and fragments of them, which are redacted before it is truncated.
    """
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return credentials_refused(status, call)
    envelope = body if isinstance(body, Mapping) else {}
    errors = list(objects_in(child_object(envelope, "response").get("errors")))
    first: JsonObject = errors[0] if errors else {}
    if as_text_or_empty(first.get("code")).upper() == UNKNOWN_ACCOUNT:
        return account_refused(status, call)
    code, field = as_text_or_empty(first.get("code")), as_text_or_empty(first.get("field"))
    words = "; ".join(
        filter(None, (as_text_or_empty(error.get("message")) for error in errors[:3]))
    ) or _refusal_reason(envelope, status)
    where = " ".join(filter(None, (str(status), code, f"at {field}" if field else "")))
    where, shown = redact_fragments(where, secrets), truncate(redact_fragments(words, secrets), LONGEST)
    return ApiError(
        f"Spot refused {call} ({where}): {shown}",
        service="spot",
        call=call,
        status=status,
        code=code,
        request_id=as_text_or_empty(child_object(envelope, "request").get("id")),
        retryable=_is_transient(status, code, words),
        maybe_applied=mutation and status >= HTTPStatus.INTERNAL_SERVER_ERROR,
        next_step=_next_step(status, code, words),
    )


def credentials_refused(status: int, call: str) -> CredentialError:
    """Return the error for a token that Spot does not accept."""
    return CredentialError(
        f"Spot did not accept the token (HTTP {status} on {call}).",
        next_step="check that the input spot-token (or SPOTINST_TOKEN) has not expired, and that it may use the account"
        " in spot-account-id",
    )


def account_refused(status: int, call: str) -> CredentialError:
    """Return the error for an account that does not belong to the token."""
    return CredentialError(
        f"The Spot account was not found for this token (HTTP {status} on {call}).",
        next_step="check the input spot-account-id (or SPOTINST_ACCOUNT): it must be a Spot account (`act-…`), not"
        " an AWS account, in the organization of the token",
    )


def is_doubtful(error: ApiError) -> bool:
    """Whether a group may exist although its create failed."""
    return error.maybe_applied or error.code in DOUBTFUL


def secrets_in(value: JsonValue, key: str = "") -> Iterator[str]:
    """Yield user data, tokens and keys in a group config, and what is base64 also decoded."""
    if isinstance(value, Mapping):
        for name, entry in value.items():
            yield from secrets_in(entry, name)
    elif isinstance(value, str):
        if len(value) >= SHORTEST and is_secret(key):
            yield value
            yield from _decoded_secrets(value)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from secrets_in(entry, key)


def _refusal_reason(envelope: JsonObject, status: int) -> str:
    response = child_object(envelope, "response")
    messages = [
        as_text_or_empty(child_object(response, "status").get("message")),
        as_text_or_empty(response.get("data")),
    ]
    return ": ".join(filter(None, messages)) or f"no reason given (HTTP {status})"


def _is_transient(status: int, code: str, words: str) -> bool:
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS):
        return True
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED:
        return True
    return code in TRANSIENT or (code == "InvalidParameterValue" and "invalid iam instance profile" in words.lower())


def _next_step(status: int, code: str, words: str) -> str:
    if "2 rolls at the same time" in words.lower():
        return NEXT_STEPS["DEPLOYMENT_ALREADY_IN_PROGRESS"]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "wait a minute; other clients of this Spot organization use the same limit"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "run again; if the error persists, check Spot's status page"
    return NEXT_STEPS.get(code, "resolve the cause in the message and run again")


def _decoded_secrets(value: str) -> Iterator[str]:
    try:
        plain = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return
    if len(plain) >= SHORTEST:
        yield plain
        yield from (line for line in plain.splitlines() if len(line.strip()) > SHORTEST * 2)
