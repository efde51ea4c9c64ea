"""Executes rolls, batch by batch."""

import math
from functools import partial

from spotaction.sandbox.aws.moto_backends import stable_hex
from spotaction.sandbox.clock import Timeline
from spotaction.sandbox.spot.elastigroup import Group, Member, Roll
from spotaction.sandbox.spot.lifecycle import GroupLifecycle
from spotaction.sandbox.types import JSON

_LOOK_SECONDS = 5.0


class Rolling:
    """Executes the rolls of all groups."""

    def __init__(self, timeline: Timeline, life: GroupLifecycle) -> None:
        self._timeline = timeline
        self.life = life

    def add(self, group: Group, body: JSON) -> Roll:
        """Add a roll that has not started to the group; the body is that of PUT /roll."""
        running = [member for member in group.active() if member.phase == "running"]
        size = math.ceil(len(running) * int(body["batchSizePercentage"]) / 100) or 1
        minimum = (body.get("strategy") or {}).get("batchMinHealthyPercentage")
        roll = Roll(
            id=f"sbgd-{stable_hex(group.id, 'roll', len(group.rolls), length=8)}",
            batches=[running[first : first + size] for first in range(0, len(running), size)],
            grace=int(body["gracePeriod"]),
            minimum_healthy=50 if minimum is None else minimum,
            created_at=self._timeline.now,
            updated_at=self._timeline.now,
        )
        roll.remember(self._timeline.history, "groups")
        group.rolls = [roll, *group.rolls]
        return roll

    def next_batch(self, group: Group, roll: Roll) -> None:
        """Replace the members of the next batch, or finish the roll after the last one."""
        if roll.batch >= len(roll.batches):
            self.end(group, roll, "finished")
            return
        roll.status = "in_progress"
        known = set(group.members)
        for member in roll.batches[roll.batch]:
            self.life.replace(group, member)
        roll.green = [member for member in group.members if member not in known]
        batch = roll.batch
        self._timeline.after(roll.grace, partial(self._judge, group, roll, batch))
        self._look(group, roll, batch)

    def end(self, group: Group, roll: Roll, status: str) -> None:
        """Finish a roll; members that it has not replaced stay."""
        roll.status = status
        roll.updated_at = self._timeline.now
        for batch in roll.batches[roll.batch :]:
            for member in batch:
                member.doomed = False
        if status == "finished":
            self.life.reconcile(group)

    def _look(self, group: Group, roll: Roll, batch: int) -> None:
        """Continue once the whole batch is healthy."""
        if roll.status != "in_progress" or roll.batch != batch:
            return
        if group.health_check and all(member.health == "HEALTHY" for member in roll.green):
            self._finish_batch(group, roll)
            return
        self._timeline.after(_LOOK_SECONDS, partial(self._look, group, roll, batch))

    def _judge(self, group: Group, roll: Roll, batch: int) -> None:
        if roll.status != "in_progress" or roll.batch != batch:
            return
        healthy = sum(member.health == "HEALTHY" for member in roll.green)
        if group.health_check and 100 * healthy < roll.minimum_healthy * len(roll.green):
            roll.status = "failed"
            roll.updated_at = self._timeline.now
            return
        self._finish_batch(group, roll)

    def _finish_batch(self, group: Group, roll: Roll) -> None:
        retired: list[Member] = self.life.retire(group, roll.batches[roll.batch])
        roll.done = [*roll.done, *((member, roll.batch + 1) for member in retired)]
        roll.batch += 1
        roll.updated_at = self._timeline.now
        self.next_batch(group, roll)
