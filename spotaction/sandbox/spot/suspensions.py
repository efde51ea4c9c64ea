"""The Spot calls that suspend and resume a group's processes and scaling policies."""

from spotaction.sandbox.dates import offset
from spotaction.sandbox.spot.elastigroup import Group
from spotaction.sandbox.spot.groups import require_group
from spotaction.sandbox.spot.request import SpotRequest
from spotaction.sandbox.spot.responses import Answer, SpotError, invalid
from spotaction.sandbox.spot.view import suspension_item
from spotaction.sandbox.types import JSON

_KIND = "spotinst:aws:ec2:suspension"
_MINUTE = 60.0


def create(request: SpotRequest) -> Answer:
    """POST /group/{id}/suspension with either `processes` or `suspensions`."""
    group, body = require_group(request), request.checked_body("suspension")
    if ("processes" in body) == ("suspensions" in body):
        raise invalid('"value" must contain exactly one of [processes, suspensions]', "")
    wanted: list[JSON] = body.get("suspensions") or [{"name": name} for name in body.get("processes") or []]
    for entry in wanted:
        group.suspensions = group.suspensions | {entry["name"]: _expiry(request, entry.get("ttlInMinutes"))}
    return Answer(_KIND, [suspension_item(group, request.world.timeline.now, expiry=True)])


def list_all(request: SpotRequest) -> Answer:
    """GET /group/{id}/suspension."""
    group = require_group(request)
    return Answer(_KIND, [suspension_item(group, request.world.timeline.now, expiry=True)])


def delete(request: SpotRequest) -> Answer:
    """DELETE /group/{id}/suspension with a body."""
    group = require_group(request)
    names = request.checked_body("resume").get("processes") or []
    group.suspensions = {name: end for name, end in group.suspensions.items() if name not in names}
    return Answer(_KIND, [suspension_item(group, request.world.timeline.now, expiry=False)])


def suspend_policy(request: SpotRequest) -> Answer:
    """POST /group/{id}/scale/suspendPolicy, with an optional body."""
    group, name = _policy(request)
    body = {} if request.body is None else request.checked_body("policy")
    end = _expiry(request, (body.get("suspension") or {}).get("ttlInMinutes"))
    group.suspended_policies = group.suspended_policies | {name: end}
    return Answer(_KIND, [_policy_item(group, name)])


def resume_policy(request: SpotRequest) -> Answer:
    """POST /group/{id}/scale/resumePolicy."""
    group, name = _policy(request)
    group.suspended_policies = {other: end for other, end in group.suspended_policies.items() if other != name}
    return Answer(_KIND, [])


def list_policies(request: SpotRequest) -> Answer:
    """GET /group/{id}/scale/suspensions."""
    group = require_group(request)
    items = [_policy_item(group, name) for name in group.suspended_policies]
    return Answer(_KIND, [{"scalePolicySuspensions": items}])


def _expiry(request: SpotRequest, minutes: float | None) -> float | None:
    return None if minutes is None else request.world.timeline.now + minutes * _MINUTE


def _policy(request: SpotRequest) -> tuple[Group, str]:
    group, name = require_group(request), request.query.get("policyName")
    if not name:
        raise SpotError(400, "ValidationError", '"policyName" is required', "query:policyName")
    scaling: JSON = group.document.get("scaling") or {}
    policies = [policy for kind in scaling.values() if isinstance(kind, list) for policy in kind]
    if name not in [policy.get("policyName") for policy in policies]:
        raise SpotError(400, "SCALING_POLICY_DOESNT_EXIST", f"Scaling policy {name} doesn't exist")
    return group, name


def _policy_item(group: Group, name: str) -> JSON:
    expires = group.suspended_policies[name]
    item = {"groupId": group.id, "policyName": name, "state": "suspended"}
    return item | {"expiresAt": None if expires is None else offset(expires)}
