"""The Spot API calls that the action makes: parameters, bodies and responses as officially documented.

`group.txt` holds the fields of a group likewise. Where practice is known to differ from the description, practice
counts: `ODDITIES` and `SHAPES` say where and why, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .tables import JSON, problems, schema

_GROUP = "/aws/ec2/group/{id}"
_KIND = "spotinst:aws:ec2:group"
_AIMS = "costOriented|availabilityOriented|balanced|cheapest|equalAzDistribution"
_MACHINES = "Linux/UNIX|SUSE Linux|Windows|Red Hat Enterprise Linux"

#: Lines that replace or join those of `group.txt`, each with the reason.
ODDITIES = {
    "group.region string": "its own text asks for it only where no availability zones are named",
    "group.capacity.unit string:instance|weight": "the samples leave it out; it is instance then",
    f"group.strategy.availabilityVsCost string:{_AIMS}": "it has a default and is left out",
    "group.compute.availabilityZones array": "subnetIds with a region take its place",
    "group.compute.availabilityZones[] object": "belongs to the line above",
    "group.compute.availabilityZones[].name string!": "belongs to the line above",
    "group.compute.availabilityZones[].subnetIds array": "belongs to the line above",
    "group.compute.availabilityZones[].subnetIds[] string": "belongs to the line above",
    "group.compute.availabilityZones[].placementGroupName string": "belongs to the line above",
    "group.compute.availabilityZones[].subnetId string": "answers carry it beside subnetIds",
    "group.compute.launchSpecification.monitoring boolean": "it is false when left out",
    "group.compute.launchSpecification.iamRole.arn string": "taken and answered beside the name",
    "group.compute.launchSpecification.loadBalancerNames array": "old answers carry it, mostly as null",
    "group.compute.launchSpecification.loadBalancerNames[] string": "belongs to the line above",
    f"group.compute.product string:{_MACHINES}|{'|'.join(f'{one} (Amazon VPC)' for one in _MACHINES.split('|'))}": (
        "its own example and all clients use the names without (Amazon VPC)"
    ),
    "group.strategy.persistence any": "an array in the description, an object in every client",
}
#: Paths of which everything below is dropped before the oddities join.
_REPLACED = ("group.compute.availabilityZones", "group.strategy.persistence")
#: Oddities that are no matter of one line.
SHAPES = {
    "bare groups": "the answers to create and update hold the bare group, not {group: …}; those to get and list too",
    "nulls": "nothing may be null in the description, while answers and documented requests hold nulls",
    "updates": "an update requires a name and a capacity in full in the description, and no client sends them",
    "deletes": "a delete requires a body in the description, and no client sends one",
    "suspensions": "the list lacks `suspensions` and types `processes` as text; the answer to a delete is another type",
    "rolls": "the spelling of a failed roll is in no description; a group's roll list is known from captures",
}

_ACCOUNT = ("accountId string!",)
_ENVELOPE = (
    "request object!",
    "request.id string!",
    "request.url string!",
    "request.method string:GET|POST|PUT|DELETE!",
    "request.timestamp string!",
    "response object!",
    "response.status object!",
    "response.status.code integer!",
    "response.status.message string!",
    "response.kind string",
    "response.items array",
    "response.count integer 0..",
    "response.errors array",
    "response.errors[] object",
    "response.errors[].code string!",
    "response.errors[].message string!",
    "response.errors[].field string",
)
_CAPACITY = (
    "capacity object!",
    "capacity.minimum integer 0..!",
    "capacity.maximum integer 0..!",
    "capacity.target integer 0..!",
)
_SUSPENSIONS = (
    "groupId string!",
    "processes array!",
    "processes[] string",
    "suspensions array",
    "suspensions[] object",
    "suspensions[].name string!",
    "suspensions[].expiresAt string",
)
_STATUS = (
    "spotInstanceRequestId string",
    "instanceId string",
    "instanceType string",
    "product string",
    "groupId string!",
    "availabilityZone string",
    "privateIp string",
    "publicIp string",
    "ipv6Address string",
    "createdAt string!",
    "status string!",
    "lockStatus string:locked|unlocked",
    "protectedUntil string",
)
_HEALTH = (
    "instanceId string!",
    "spotRequestId string",
    "groupId string!",
    "availabilityZone string!",
    "lifeCycle string:SPOT|OD!",
    "healthStatus string:HEALTHY|UNHEALTHY|INSUFFICIENT_DATA|UNKNOWN!",
)
_ROLL = (
    "id string!",
    "groupId string",
    "status string:starting|in_progress|finished|stopped|failed|STARTING!",
    "progress object!",
    "progress.unit string:percent!",
    "progress.value integer 0..100!",
    "currentBatch integer 0..!",
    "numOfBatches integer 0..!",
    "gracePeriod integer 0..!",
    "createdAt string!",
    "updatedAt string!",
)
_LOG = ("message string!", "severity string:INFO|DEBUG|WARN|ERROR!", "createdAt string!")


def _group(*, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    described = Path(__file__).with_name("group.txt").read_text(encoding="utf-8").splitlines()
    paths = {line.split(" ")[0] for line in ODDITIES}
    below = tuple(f"{path}{mark}" for path in _REPLACED for mark in ".[")
    kept = [line for line in described if line.split(" ")[0] not in {*paths, *_REPLACED} and not line.startswith(below)]
    lines = sorted([*kept, *ODDITIES], key=lambda line: line.split(" ")[0].replace("[]", ".[]").split("."))
    return tuple(lines) + more


_STAMPS = ("group.id string!", "group.createdAt string!", "group.updatedAt string!")


@dataclass(frozen=True)
class Endpoint:
    """A call's parameters, body and response; None for a call without a body or without items."""

    kind: str | None
    item: JSON | None
    body: JSON | None = None
    query: tuple[str, ...] = _ACCOUNT


_NEW, _ANSWERED = schema(_group()), schema(_group(more=_STAMPS))["properties"]["group"]
ENDPOINTS: Mapping[str, Endpoint] = {
    "GET /aws/ec2/group": Endpoint(_KIND, _ANSWERED),
    "POST /aws/ec2/group": Endpoint(_KIND, _ANSWERED, _NEW),
    f"GET {_GROUP}": Endpoint(_KIND, _ANSWERED),
    f"PUT {_GROUP}": Endpoint(_KIND, _ANSWERED, schema(_group(), whole=False)),
    f"DELETE {_GROUP}": Endpoint(None, None),
    f"PUT {_GROUP}/capacity": Endpoint(f"{_KIND}:capacity", schema(_CAPACITY), schema(_CAPACITY)),
    f"GET {_GROUP}/status": Endpoint(_KIND, schema(_STATUS)),
    f"GET {_GROUP}/instanceHealthiness": Endpoint(f"{_KIND}:instanceHealthiness", schema(_HEALTH)),
    f"GET {_GROUP}/suspension": Endpoint("spotinst:aws:ec2:suspension", schema(_SUSPENSIONS)),
    f"POST {_GROUP}/suspension": Endpoint(
        "spotinst:aws:ec2:suspension",
        schema(_SUSPENSIONS),
        schema(
            (
                "suspensions array!",
                "suspensions[] object",
                "suspensions[].name string!",
                "suspensions[].ttlInMinutes integer",
            )
        ),
    ),
    f"DELETE {_GROUP}/suspension": Endpoint(
        "spotinst:aws:ec2:suspension", schema(_SUSPENSIONS), schema(("processes array!", "processes[] string"))
    ),
    f"GET {_GROUP}/roll": Endpoint(
        f"{_KIND}:roll",
        schema(_ROLL),
        query=(*_ACCOUNT, "limit string", "sort string:createdAt:ASC|createdAt:DESC"),
    ),
    f"GET {_GROUP}/logs": Endpoint(
        f"{_KIND}:log",
        schema(_LOG),
        query=(
            *_ACCOUNT,
            "fromDate string!",
            "toDate string!",
            "severity string:ALL|INFO|DEBUG|WARN|ERROR",
            "resourceId string",
            "limit string",
        ),
    ),
}


def faults_of_request(call: str, query: Mapping[str, str], body: object) -> list[str]:
    """Return where a request violates the contract."""
    endpoint = ENDPOINTS.get(call)
    if endpoint is None:
        return [f"{call} is in no contract"]
    found = problems(dict(query), schema(endpoint.query), f"{call} query")
    if endpoint.body is None:
        return [*found, *([f"{call} takes no body"] if body is not None else [])]
    return [*found, *problems(body, endpoint.body, f"{call} body")]


def faults_of_answer(call: str, answer: JSON) -> list[str]:
    """Return where a response violates the contract."""
    endpoint, found = ENDPOINTS[call], problems(answer, schema(_ENVELOPE), f"{call} answer")
    response = answer["response"]
    if response["status"]["code"] != 200:
        return [*found, *([] if response.get("errors") else [f"{call} answers {response} without errors"])]
    if response.get("kind") != endpoint.kind:
        found.append(f"{call} answers the kind {response.get('kind')}")
    if endpoint.item is None:
        return [*found, *([f"{call} answers items"] if "items" in response else [])]
    for item in response["items"]:
        found += problems(item, endpoint.item, f"{call} item")
    return found
