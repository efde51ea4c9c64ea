"""The mark that a deployment leaves in its new group's description: who deploys, from what, until when.

How many characters Spot keeps of a description is not documented. So the mark stands before the user's own text, and
in it what the lock needs stands first: nonce, app, state, run, deadline and old group are its first 105 characters in
life. With everything it is some 140 long in life, and never longer than `LONGEST`.
"""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from spotaction.model.deployment import JOB, Deployment, GroupRef, Run, Status
from spotaction.model.resources import Capacity, GroupId

LONGEST = 200
DIGITS = 8  # of a nonce, and of an app's digest: enough for the few groups that bear one app's name
_MARK = re.compile(r"\s*\[spotaction ([^\]]*)\]\s*")
_BEGUN = "|".join(re.escape("[spotaction"[:length]) for length in range(len("[spot"), len("[spotaction") + 1))
# Spot may keep fewer characters than it was given.
_CUT = re.compile(rf"\s*(?:\[spotaction [^\]]*|{_BEGUN})$")
_FIELDS = re.compile(r"\[spotaction ([^\]]*)(\]?)")
_CAPACITY = re.compile(r"(\d+)/(\d+)/(\d+)")


class State(StrEnum):
    """How the deployment that left the mark stands."""

    RUNNING = "live"
    STOPPED = "stop"
    COMPLETED = "done"
    ROLLED_BACK_TO = "back"  # rolled back to: a second rollback must not go on to the group before


@dataclass(frozen=True)
class Marker:
    """`old` is the group that was replaced and its capacity then; `capacity` what the new group ends with.

    `deadline` is in epoch seconds: a live mark older than that belongs to a run that died.
    `fingerprint` tells whether the same inputs are deployed already. `sticky` is the group stickiness of each
    production rule in seconds (0 = off), which a shift turns off for a while; empty where no rule has any.
    `nonce` was drawn by the run that wrote the mark, and `app` is the digest of its app's name; both are empty in marks
    of earlier versions.
    """

    run: Run
    state: State
    deadline: int
    fingerprint: str = ""
    old: GroupRef | None = None
    capacity: Capacity | None = None
    sticky: tuple[int, ...] = ()
    nonce: str = ""
    app: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the deployment has not come to its end."""
        return self.state in {State.RUNNING, State.STOPPED}

    def is_of(self, run: Run) -> bool:
        """Whether this run left the mark, and not in another job of the same matrix that may be at work beside it.

        All jobs of an earlier attempt have ended, and one with another id is taken to follow upon the first. A job that
        is not known may be any other.
        """
        known = bool(self.run.job and run.job)
        follows = known and self.run.job[: JOB // 2] != run.job[: JOB // 2]
        return self.is_of_job(run) or (self.is_of_run(run) and follows)

    def is_of_job(self, run: Run) -> bool:
        """Whether this very job left the mark, or an earlier attempt of the run. A job that is not known did not."""
        same_job = bool(run.job) and self.run.job == run.job
        return self.is_of_run(run) and (same_job or self.run.attempt != run.attempt)

    def is_of_run(self, run: Run) -> bool:
        """Whether any job of this run left the mark."""
        return bool(run.id) and self.run.id == run.id and self.run.repository in {run.repository, ""}


_STATES = {
    Status.DEPLOYED: State.COMPLETED,
    Status.STOPPED: State.STOPPED,
    Status.FAILED: State.STOPPED,
    Status.ROLLBACK_INCOMPLETE: State.STOPPED,
    Status.ROLLED_BACK: State.STOPPED,
}


def new_nonce() -> str:
    """What tells a deployment from every other one, whoever else runs under the same number."""
    return secrets.token_hex(DIGITS // 2)


def digest(app: str) -> str:
    """An app's name as the mark carries it: of one length, and without characters that would end the mark."""
    return hashlib.sha256(app.encode()).hexdigest()[:DIGITS]


def write_marker(deployment: Deployment, state: State, description: str = "") -> str:
    """The mark (at most 200 characters), followed by the user's own description."""
    own = strip_marker(description)
    fields = {
        "n": deployment.nonce,
        "a": digest(deployment.app),
        "s": state.value,
        "r": _run_field(deployment.run),
        "d": str(deployment.deadline),
        "o": f"{deployment.snapshot.old.id}:{deployment.snapshot.old.capacity}" if deployment.snapshot.old else "",
        "c": str(deployment.capacity) if deployment.capacity else "",
        "f": deployment.fingerprint,
        "k": ",".join(map(str, _sticky_seconds(deployment))),
        "g": deployment.run.repository,
    }
    mark = _render_fields(fields)
    if len(mark) > LONGEST:
        mark = _render_fields({**fields, "g": ""})
    return f"{mark} {own}".strip()


def read_marker(description: str) -> Marker | None:
    """The mark in a description; None when there is none, or it came back cut."""
    if not _MARK.search(description):
        return None
    fields = read_fields(description)
    try:
        run, attempt, job = (*fields["r"].split("."), "", "")[:3]
        return Marker(
            run=Run(id=run.strip("-"), attempt=attempt.strip("-"), repository=fields.get("g", ""), job=job),
            state=State(fields["s"]),
            deadline=int(fields["d"]),
            fingerprint=fields.get("f", ""),
            old=_parse_old_group(fields.get("o", "")),
            capacity=_parse_capacity(fields.get("c", "")),
            sticky=tuple(int(seconds) for seconds in fields.get("k", "").split(",") if seconds),
            nonce=fields.get("n", ""),
            app=fields.get("a", ""),
        )
    except (KeyError, ValueError):
        return None


def read_fields(description: str) -> Mapping[str, str]:
    """The mark's fields by their letters; of one that came back cut, those that are whole."""
    found = _FIELDS.search(description)
    if not found:
        return {}
    text, end = found.groups()
    parts = text.split(" ") if end else text.split(" ")[:-1]
    return dict(part.split("=", 1) for part in parts if "=" in part)


def marker_from_record(deployment: Deployment) -> Marker:
    """What the mark says by the record, for a group whose description does not."""
    return Marker(
        run=deployment.run,
        state=_STATES.get(deployment.status, State.RUNNING),
        deadline=deployment.deadline,
        fingerprint=deployment.fingerprint,
        old=deployment.snapshot.old,
        capacity=deployment.capacity,
        sticky=_sticky_seconds(deployment),
        nonce=deployment.nonce,
        app=digest(deployment.app),
    )


def is_broken(description: str) -> bool:
    """Whether there is a mark that cannot be read: cut, or written in another version's way."""
    begun = "[spotaction " in description or _CUT.search(description) is not None
    return begun and read_marker(description) is None


def with_state(description: str, state: State) -> str:
    """The same description with another state in its mark."""
    return _MARK.sub(lambda found: re.sub(r"\bs=\w+", f"s={state.value}", found.group()), description)


def carry(marked: str, description: str) -> str:
    """The mark that stands in `marked`, as it stands there, followed by the user's own text in `description`."""
    found = _MARK.search(marked)
    return f"{found.group().strip() if found else ''} {strip_marker(description)}".strip()


def strip_marker(description: str) -> str:
    """The user's own text without the mark."""
    return _CUT.sub("", _MARK.sub(" ", description)).strip()


def _run_field(run: Run) -> str:
    return ".".join([run.id or "-", run.attempt or "-", *([run.job] if run.job else [])])


def _sticky_seconds(deployment: Deployment) -> tuple[int, ...]:
    found = tuple(pair.prod.forward.sticky_seconds or 0 for pair in deployment.snapshot.routes)
    return found if any(found) else ()


def _render_fields(fields: dict[str, str]) -> str:
    return f"[spotaction {' '.join(f'{key}={value}' for key, value in fields.items() if value)}]"


def _parse_old_group(text: str) -> GroupRef | None:
    group, _, capacity = text.partition(":")
    found = _parse_capacity(capacity)
    return GroupRef(id=GroupId(group), name="", capacity=found) if group and found else None


def _parse_capacity(text: str) -> Capacity | None:
    found = _CAPACITY.fullmatch(text)
    return Capacity(*(int(part) for part in found.groups())) if found else None
