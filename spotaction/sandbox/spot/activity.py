"""The Spot calls for events, logs and the account."""

from spotaction.sandbox.dates import offset, zulu
from spotaction.sandbox.spot.groups import require_group
from spotaction.sandbox.spot.request import SpotRequest
from spotaction.sandbox.spot.responses import GROUP, Answer, SpotError

_ORGANIZATION = "606079861123"
_SEVERITIES = ("ALL", "INFO", "DEBUG", "WARN", "ERROR")
_LIMIT = 500
_MOST = 1000


def events(request: SpotRequest) -> Answer:
    """GET /group/{id}/events, newest first."""
    group = require_group(request)
    _needed(request, "fromDate")
    items = [
        {key: value for key, value in event.items() if key != "at"} | {"createdAt": offset(event["at"])}
        for event in reversed(group.events)
    ]
    return Answer(f"{GROUP}:event", items)


def logs(request: SpotRequest) -> Answer:
    """GET /group/{id}/logs, between two times in epoch milliseconds, newest first."""
    group = require_group(request)
    first, last = (_moment(request, key) for key in ("fromDate", "toDate"))
    severity = request.query.get("severity", "ALL")
    if severity not in _SEVERITIES:
        message = f'"severity" must be one of [{", ".join(_SEVERITIES)}]'
        raise SpotError(400, "ValidationError", message, "query:severity")
    found = [
        {key: line[key] for key in ("message", "severity", "createdAt")}
        for line in group.logs
        if first <= line["at"] <= last and severity in {"ALL", line["severity"]}
    ]
    limit = request.number("limit")
    return Answer(f"{GROUP}:log", found[: _LIMIT if limit is None else min(limit, _MOST)])


def account(request: SpotRequest) -> Answer:
    """GET /setup/account."""
    world = request.world
    item = {
        "accountId": world.scenario.spot_account,
        "organizationId": _ORGANIZATION,
        "name": "sandbox",
        "createdAt": zulu(world.timeline.start),
        "providerExternalId": world.scenario.account,
    }
    return Answer("spotinst:setup:account", [item])


def _needed(request: SpotRequest, key: str) -> str:
    value = request.query.get(key)
    if not value:
        raise SpotError(400, "ValidationError", f'"{key}" is required', f"query:{key}")
    return value


def _moment(request: SpotRequest, key: str) -> float:
    _needed(request, key)
    return (request.number(key) or 0) / 1000
