"""The Spot calls on rolls."""

from spotaction.sandbox.dates import offset
from spotaction.sandbox.spot.elastigroup import Group, Member, Roll
from spotaction.sandbox.spot.groups import require_group
from spotaction.sandbox.spot.request import SpotRequest
from spotaction.sandbox.spot.responses import GROUP, Answer, SpotError
from spotaction.sandbox.types import JSON

_KIND = f"{GROUP}:roll"


def start(request: SpotRequest) -> Answer:
    """PUT /group/{id}/roll."""
    world, group, body = request.world, require_group(request), request.checked_body("roll")
    if group.rolling() is not None:
        message = "Can't have 2 Rolls at the same time. Please stop the previous one."
        raise SpotError(400, "ROLL_ALREADY_IN_PROGRESS", message)
    running = [member for member in group.active() if member.phase == "running"]
    if len(running) < group.capacity["minimum"]:
        raise SpotError(400, "CANT_ROLL_CAPACITY_BELOW_MINIMUM", "Running capacity is below the group's minimum")
    roll = world.rolling.add(group, body)
    answer = Answer(_KIND, [_item(group, roll) | {"status": "STARTING"}])
    world.rolling.next_batch(group, roll)
    return answer


def list_all(request: SpotRequest) -> Answer:
    """GET /group/{id}/roll, newest first."""
    group = require_group(request)
    rolls = group.rolls
    if request.query.get("sort") == "createdAt:ASC":
        rolls = rolls[::-1]
    return Answer(_KIND, [_item(group, roll) for roll in rolls[: request.number("limit")]])


def get(request: SpotRequest) -> Answer:
    """GET /group/{id}/roll/{rollId}."""
    group = require_group(request)
    return Answer(_KIND, [_item(group, _the_roll(request, group))])


def detail(request: SpotRequest) -> Answer:
    """GET /group/{id}/roll/{rollId}/status."""
    roll = _the_roll(request, require_group(request))
    blue = [_line(member, batch, "DETACHED") for member, batch in roll.done]
    blue += [_line(m, number, "RUNNING") for number, b in enumerate(roll.batches, 1) if number > roll.batch for m in b]
    item: JSON = {
        "progress": {"unit": "percent", "value": roll.progress},
        "numberOfBatches": len(roll.batches),
        "currentBatch": min(roll.batch + 1, len(roll.batches)),
        "gracePeriod": roll.grace,
        "strategyAction": "REPLACE_SERVER",
        "healthCheck": require_group(request).health_check or "NONE",
        "instances": [{"blue": blue, "green": [_line(m, roll.batch + 1, "RUNNING") for m in roll.green]}],
    }
    return Answer(f"{_KIND}:status", [item])


def stop(request: SpotRequest) -> Answer:
    """PUT /group/{id}/roll/{rollId}; old and new instances stay."""
    group = require_group(request)
    roll = _the_roll(request, group)
    request.checked_body("stop")
    if roll.open:
        request.world.rolling.end(group, roll, "stopped")
    return Answer(_KIND)


def _the_roll(request: SpotRequest, group: Group) -> Roll:
    for roll in group.rolls:
        if roll.id == request.path["rollId"]:
            return roll
    raise SpotError(400, "ROLL_DOESNT_EXIST", f"Roll {request.path['rollId']} doesn't exist")


def _item(group: Group, roll: Roll) -> JSON:
    return {
        "id": roll.id,
        "groupId": group.id,
        "status": roll.status,
        "progress": {"unit": "percent", "value": roll.progress},
        "currentBatch": min(roll.batch + 1, len(roll.batches)),
        "numOfBatches": len(roll.batches),
        "gracePeriod": roll.grace,
        "createdAt": offset(roll.created_at),
        "updatedAt": offset(roll.updated_at),
    }


def _line(member: Member, batch: int, status: str) -> JSON:
    return {"instanceId": member.instance, "lifeCycle": "spot", "batchNum": batch, "status": status}
