"""The mark that a deployment leaves in its new group's description: who deploys, from what, until when."""

import re
from dataclasses import dataclass
from enum import StrEnum

from spotaction.deployment import JOB, Deployment, GroupRef, Run, Status
from spotaction.model import Capacity, GroupId

LONGEST = 200
_MARK = re.compile(r"\s*\[spotaction ([^\]]*)\]")
_CUT = re.compile(r"\s*\[spotaction [^\]]*$")  # Spot may keep fewer characters than it was given
_CAPACITY = re.compile(r"(\d+)/(\d+)/(\d+)")


class State(StrEnum):
    """How the deployment that left the mark stands."""

    LIVE = "live"
    STOPPED = "stop"
    DONE = "done"
    BACK = "back"  # rolled back to: a second rollback must not go on to the group before


@dataclass(frozen=True)
class Marker:
    """`old` is the group that was replaced and its capacity then; `capacity` what the new group ends with.

    `deadline` is in epoch seconds: a live mark older than that belongs to a run that died.
    `fingerprint` tells whether the same inputs are deployed already. `sticky` is the group stickiness of each
    production rule in seconds (0 = off), which a shift turns off for a while; empty where no rule has any.
    """

    run: Run
    state: State
    deadline: int
    fingerprint: str = ""
    old: GroupRef | None = None
    capacity: Capacity | None = None
    sticky: tuple[int, ...] = ()

    def is_of(self, run: Run) -> bool:
        """Whether this run left the mark, and not in another job of the same matrix that may be at work beside it.

        All jobs of an earlier attempt have ended, and one with another id is taken to follow upon the first.
        """
        same_job = not self.run.job or self.run.job[: JOB // 2] == run.job[: JOB // 2]
        return self.is_of_job(run) or (self.is_of_run(run) and not same_job)

    def is_of_job(self, run: Run) -> bool:
        """Whether this very job left the mark, or an earlier attempt of the run, as far as that is known."""
        other = bool(self.run.job and run.job) and self.run.job != run.job
        return self.is_of_run(run) and not (other and self.run.attempt == run.attempt)

    def is_of_run(self, run: Run) -> bool:
        """Whether any job of this run left the mark."""
        return bool(run.id) and self.run.id == run.id and self.run.repository in {run.repository, ""}


_STATES = {
    Status.DEPLOYED: State.DONE,
    Status.STOPPED: State.STOPPED,
    Status.FAILED: State.STOPPED,
    Status.ROLLBACK_INCOMPLETE: State.STOPPED,
    Status.ROLLED_BACK: State.STOPPED,
}


def write(deployment: Deployment, state: State, description: str = "") -> str:
    """The user's own description, followed by the mark (at most 200 characters)."""
    own = strip(description)
    fields = {
        "r": _run(deployment.run),
        "s": state.value,
        "d": str(deployment.deadline),
        "f": deployment.fingerprint,
        "c": str(deployment.capacity) if deployment.capacity else "",
        "o": f"{deployment.snapshot.old.id}:{deployment.snapshot.old.capacity}" if deployment.snapshot.old else "",
        "k": ",".join(map(str, _sticky(deployment))),
        "g": deployment.run.repository,
    }
    mark = _render(fields)
    if len(mark) > LONGEST:
        mark = _render({**fields, "g": ""})
    return f"{own} {mark}".strip()


def read(description: str) -> Marker | None:
    """The mark in a description; None when there is none, or it came back cut."""
    found = _MARK.search(description)
    if not found:
        return None
    fields = dict(part.split("=", 1) for part in found.group(1).split() if "=" in part)
    try:
        run, attempt, job = (*fields["r"].split("."), "", "")[:3]
        return Marker(
            run=Run(id=run.strip("-"), attempt=attempt.strip("-"), repository=fields.get("g", ""), job=job),
            state=State(fields["s"]),
            deadline=int(fields["d"]),
            fingerprint=fields.get("f", ""),
            old=_old(fields.get("o", "")),
            capacity=_capacity(fields.get("c", "")),
            sticky=tuple(int(seconds) for seconds in fields.get("k", "").split(",") if seconds),
        )
    except (KeyError, ValueError):
        return None


def of(deployment: Deployment) -> Marker:
    """What the mark says by the record, for a group whose description does not."""
    return Marker(
        run=deployment.run,
        state=_STATES.get(deployment.status, State.LIVE),
        deadline=deployment.deadline,
        fingerprint=deployment.fingerprint,
        old=deployment.snapshot.old,
        capacity=deployment.capacity,
        sticky=_sticky(deployment),
    )


def is_broken(description: str) -> bool:
    """Whether there is a mark that cannot be read: cut, or written in another version's way."""
    return "[spotaction " in description and read(description) is None


def restate(description: str, state: State) -> str:
    """The same description with another state in its mark."""
    return _MARK.sub(lambda found: re.sub(r"\bs=\w+", f"s={state.value}", found.group()), description)


def strip(description: str) -> str:
    """The user's own text without the mark."""
    return _CUT.sub("", _MARK.sub("", description)).strip()


def _run(run: Run) -> str:
    return ".".join([run.id or "-", run.attempt or "-", *([run.job] if run.job else [])])


def _sticky(deployment: Deployment) -> tuple[int, ...]:
    found = tuple(pair.prod.forward.sticky_seconds or 0 for pair in deployment.snapshot.routes)
    return found if any(found) else ()


def _render(fields: dict[str, str]) -> str:
    return f"[spotaction {' '.join(f'{key}={value}' for key, value in fields.items() if value)}]"


def _old(text: str) -> GroupRef | None:
    group, _, capacity = text.partition(":")
    found = _capacity(capacity)
    return GroupRef(id=GroupId(group), name="", capacity=found) if group and found else None


def _capacity(text: str) -> Capacity | None:
    found = _CAPACITY.fullmatch(text)
    return Capacity(*(int(part) for part in found.groups())) if found else None
