"""The marker in the new group's description: which run deploys, what it replaces, and until when.

Spot does not document how many characters of a description it keeps. So the marker precedes the user's own text, and
starts with what the lock needs: nonce, app, state, run, deadline and old group are usually its first 105 characters.
A complete one usually has 140 characters, and never more than `LONGEST`.
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
DIGITS = 8  # of a nonce and of an app's digest: enough for the few groups with the name of one app
_MARK = re.compile(r"\s*\[spotaction ([^\]]*)\]\s*")
_STARTED = "|".join(re.escape("[spotaction"[:length]) for length in range(len("[spot"), len("[spotaction") + 1))
# A truncated marker, even one whose name is incomplete.
_CUT = re.compile(rf"\s*(?:\[spotaction [^\]]*|{_STARTED})$")
_FIELDS = re.compile(r"\[spotaction ([^\]]*)(\]?)")
_CAPACITY = re.compile(r"(\d+)/(\d+)/(\d+)")


class State(StrEnum):
    """The state of the deployment that wrote the marker."""

    RUNNING = "live"
    STOPPED = "stop"
    COMPLETED = "done"
    ROLLED_BACK_TO = "back"  # so that a second rollback does not go back further


@dataclass(frozen=True)
class Marker:
    """The content of a marker.

    `old` is the replaced group with its capacity then; `capacity` is what the new group ends with. `deadline` is in
    epoch seconds: after it, a marker that is still `RUNNING` belongs to a run that died. `fingerprint` identifies the
    inputs, to find out whether the same ones are already deployed. `sticky` is the group stickiness of each production
    rule in seconds (0 = off), which a shift turns off temporarily; empty if no rule has any. `nonce` was drawn by the
    run that wrote the marker, and `app` is the digest of its app's name; both are empty in markers of earlier versions.
    `took` is the deployment's duration in whole seconds, from the creation of its group; None until it has finished.
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
    took: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the deployment has not finished."""
        return self.state in {State.RUNNING, State.STOPPED}

    def is_of(self, run: Run) -> bool:
        """Whether this run wrote the marker, except in another job of the same matrix, which may still be running.

        All jobs of an earlier attempt have ended, and a job with another id is assumed to follow the first. An unknown
        job may be any other.
        """
        known = bool(self.run.job and run.job)
        follows = known and self.run.job[: JOB // 2] != run.job[: JOB // 2]
        return self.is_of_job(run) or (self.is_of_run(run) and follows)

    def is_of_job(self, run: Run) -> bool:
        """Whether this very job wrote the marker, or an earlier attempt of the run. An unknown job did not."""
        same_job = bool(run.job) and self.run.job == run.job
        return self.is_of_run(run) and (same_job or self.run.attempt != run.attempt)

    def is_of_run(self, run: Run) -> bool:
        """Whether any job of this run wrote the marker."""
        return bool(run.id) and self.run.id == run.id and self.run.repository in {run.repository, ""}


_STATES = {
    Status.DEPLOYED: State.COMPLETED,
    Status.STOPPED: State.STOPPED,
    Status.FAILED: State.STOPPED,
    Status.ROLLBACK_INCOMPLETE: State.STOPPED,
    Status.ROLLED_BACK: State.STOPPED,
}


def new_nonce() -> str:
    """Return a random nonce, which distinguishes deployments even if runs have the same number."""
    return secrets.token_hex(DIGITS // 2)


def digest(app: str) -> str:
    """Return an app's name as in markers: of fixed length, and without characters that would end the marker."""
    return hashlib.sha256(app.encode()).hexdigest()[:DIGITS]


def write_marker(deployment: Deployment, state: State, description: str = "", took: float | None = None) -> str:
    """Return the marker (at most 200 characters), followed by the user's own text in `description`.

    `took` is the deployment's duration in seconds, once it has finished.
    """
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
        "t": "" if took is None else str(max(0, int(took))),
    }
    for dropped in ("t", "g"):
        if len(_render_fields(fields)) > LONGEST:
            fields[dropped] = ""
    return f"{_render_fields(fields)} {own}".strip()


def read_marker(description: str) -> Marker | None:
    """Return the marker in a description; None if there is none or it was truncated."""
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
            took=int(fields["t"]) if re.fullmatch(r"[0-9]{1,9}", fields.get("t", "")) else None,
        )
    except (KeyError, ValueError):
        return None


def read_fields(description: str) -> Mapping[str, str]:
    """Return the marker's fields by their letters; only the complete ones if it was truncated."""
    found = _FIELDS.search(description)
    if not found:
        return {}
    text, end = found.groups()
    parts = text.split(" ") if end else text.split(" ")[:-1]
    return dict(part.split("=", 1) for part in parts if "=" in part)


def marker_from_record(deployment: Deployment) -> Marker:
    """Return the marker that follows from a record, for a group whose description has none."""
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
    """Whether there is a marker that cannot be read: truncated, or written by another version."""
    started = "[spotaction " in description or _CUT.search(description) is not None
    return started and read_marker(description) is None


def with_state(description: str, state: State) -> str:
    """Return the description with another state in its marker."""
    return _MARK.sub(lambda found: re.sub(r"\bs=\w+", f"s={state.value}", found.group()), description)


def carry(marked: str, description: str) -> str:
    """Return the marker in `marked`, unchanged, followed by the user's own text in `description`."""
    found = _MARK.search(marked)
    return f"{found.group().strip() if found else ''} {strip_marker(description)}".strip()


def strip_marker(description: str) -> str:
    """Return the user's own text without the marker."""
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
