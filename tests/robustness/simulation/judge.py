"""What must hold whatever happens; the answer is every way in which a case broke it, in words.

How targets that the cloud itself takes away are accounted for. Every trouble says how many of production's healthy
targets it takes (`takes`): one for an instance that is interrupted or flaps or that a policy removes, everything where
somebody deletes a group or points the rule elsewhere. Of those the required number is lowered, for the whole case: the
minimum over all instants must reach what is left. And whatever the cloud did, no call of ours may take production below
what is required, nor lower where it is below already (a target that was taken counts here too, unless everything was).
A call within `_BLINK` seconds of what the cloud did, and of a look from before that, is the cloud's.
"""

import json
from collections.abc import Iterator, Mapping

from tests.support.action import JSON, KILLED

from .cases import Journey, Then
from .courses import COURSES, REQUIRED, STEADY_TIMEOUT, STRANGERS, TIMEOUT
from .journeys import Seen
from .simulation import Fall, Run
from .troubles import CALLS, CLOUD, EVERYTHING, PROCESS

_BLINK = 6.0
_POST_LIMIT = 245.0
_BACK = 4 * STEADY_TIMEOUT + 300.0  # of a rollback: each of its waits, and calls that are tried again
_GOOD = frozenset({"deployed", "unchanged", "stopped", "rolled-back"})
_CODES: Mapping[str, frozenset[int]] = {
    "failed": frozenset({1, 5}),
    "rolled-back": frozenset({1, 5}),
    "refused": frozenset({3}),
    "rollback-incomplete": frozenset({4}),
    "cancelled": frozenset({130}),
}


def judge(seen: Seen) -> tuple[str, ...]:
    """Every violation; none for a case that is fine."""
    found = [*_production(seen), *_end(seen), *_strangers(seen), *_verdicts(seen), *_secrets(seen), *_times(seen)]
    return tuple(dict.fromkeys(found))


def _production(seen: Seen) -> Iterator[str]:
    takes = sum(CLOUD[trouble.name].takes for trouble, _, _ in seen.struck)
    for rule in seen.production:
        for what, count in (("", rule["minimum-so-far"]), (" of one share", rule["worst-share"]["healthy"])):
            if count < REQUIRED - takes:
                yield f"(1) production: {rule['name']} had {count} healthy targets{what} at {rule['minimum-at']:.0f} s"
    slack = sum(each for trouble, _, _ in seen.struck if (each := CLOUD[trouble.name].takes) < EVERYTHING)
    for fall in seen.falls:
        excused = any(_blinked(seen, index, time, fall) for _, index, time in seen.struck)
        if fall.after < min(REQUIRED - slack, fall.before) and not excused:
            yield f"(1) production: {fall.call} took {fall.rule} from {fall.before} to {fall.after} healthy targets"


def _blinked(seen: Seen, index: int, time: float, fall: Fall) -> bool:
    """Whether the call came right after what the cloud did, on a look from just before (or is the very call)."""
    if index == fall.index:
        return True
    fresh = any(look <= index and fall.time - at <= _BLINK for look, at in seen.looks)
    return fresh and index < fall.index and time <= fall.time <= time + _BLINK


def _end(seen: Seen) -> Iterator[str]:
    last = seen.runs[-1]
    if last.code == KILLED:
        return
    match last.status:
        case "unchanged" if last.operation == "rollback":
            yield from _nothing_to_do(seen, last)
        case "" | "unchanged" if last.operation == "post" and last.code == 0:
            yield from _idle(seen, last)
        case "deployed" | "unchanged":  # a post step that finds a finished deployment leaves it, and says so
            yield from _differs(seen, seen.end, "(2) not as deployed")
        case "rolled-back":
            yield from _differs(seen, seen.start, "(2) not as before")
        case "refused" | "failed":
            yield from _differs(seen, last.before, f"(2) {last.status}, and yet changed")
        case "rollback-incomplete":
            yield from _unlisted(seen, last)
        case "cancelled" if _signalled(seen):
            if "operation: rollback" not in last.summary:
                yield "(4) cancelled, and the summary does not say how to go on"
        case other:
            yield f"(4) the last run ended as {other or 'nothing at all'}"
    yield from _lasting(seen, last)


def _idle(seen: Seen, post: Run) -> Iterator[str]:
    """A post step that found nothing to do."""
    if post.status:
        yield from _differs(seen, seen.troubled.before, "(2) the post step found nothing to do, and yet changed")
        return
    ends = [seen.start, seen.end, seen.troubled.before]
    if all(list(_differs(seen, end, "")) for end in ends) and seen.runs[-2].status != "rollback-incomplete":
        yield "(2) the post step did nothing, and the end is neither as before nor as deployed"


def _nothing_to_do(seen: Seen, rollback: Run) -> Iterator[str]:
    """A rollback that found nothing: all is as before or as deployed, or somebody removed what told of a deployment."""
    yield from _differs(seen, rollback.before, "(2) nothing to roll back, and yet changed")
    lost = any(trouble.name in {"new-deleted", "description-lost"} for trouble, _, _ in seen.struck)
    if not lost and all(list(_differs(seen, end, "")) for end in (seen.start, seen.end)):
        yield "(4) nothing to roll back, and the end is neither as before nor as deployed"


def _signalled(seen: Seen) -> bool:
    """Whether the signal came to the last run, since the one that it was meant for had ended before."""
    return any(t.name in PROCESS and seen.troubled.first + t.at >= seen.runs[-1].first for t in seen.case.troubles)


def _differs(seen: Seen, wanted: JSON, what: str) -> Iterator[str]:
    for key in sorted(wanted.keys() | seen.now.keys()):
        strip = key in {"old", "new"} and _may_be_suspended(seen)
        one, other = ((_stripped(of.get(key)) if strip else of.get(key)) for of in (wanted, seen.now))
        if one != other and key not in _touched(seen) and not _is_reported(key, seen.runs[-1].summary):
            yield f"{what}: {key} is {_short(seen.now.get(key))}, not {_short(wanted.get(key))}"


def _is_reported(key: str, summary: str) -> bool:
    """Whether the summary names the group as not deleted, or, where no list could be read, all older versions."""
    by_name = f"{key} (" in summary and "was not deleted" in summary
    return by_name or ("__" in key and "Older versions were not cleaned up" in summary)


def _may_be_suspended(seen: Seen) -> bool:
    """A suspension that runs out by itself may stay where the report says so, or where the process had to go."""
    words = ("is still suspended", "is already suspended until")
    told = any(each in run.log for run in seen.runs for each in words)
    return told or any(trouble.name in PROCESS for trouble in seen.case.troubles)


def _stripped(group: JSON | None) -> object:
    """A group without the suspensions that run out by themselves."""
    if group is None:
        return None
    name, capacity, image, suspensions, *rest = group
    return (name, capacity, image, [each for each in suspensions if "expiresAt" not in each], *rest)


def _touched(seen: Seen) -> frozenset[str]:
    """What the cloud itself changed, and what it thereby makes impossible."""
    kinds = frozenset[str]().union(*(CLOUD[trouble.name].touches for trouble, _, _ in seen.struck))
    rules = {key for key in seen.now if "/" in key and ":" in key} if "rule" in kinds else set()
    rival = {"rival"} if any(trouble.name == "rival" for trouble in seen.case.troubles) else set()
    return frozenset(kinds - {"rule"}) | rules | rival


def _unlisted(seen: Seen, run: Run) -> Iterator[str]:
    """What differs from before has to be named where people look: the summary and the record."""
    told = f"{run.summary}\n{run.outputs.get('deployment', '')}"
    if run.operation == "post" and "was not rolled back" in run.log and "operation: rollback" in run.summary:
        return  # it could not even look; what it says is how to go on
    for key in sorted(seen.start.keys() | seen.now.keys()):
        if seen.start.get(key) != seen.now.get(key) and key not in _touched(seen):
            names = seen.names.get(key, (key,))
            if not any(name in told for name in names) and not _in_route_table(run.summary, seen.rows.get(key)):
                yield f"(2) left undone and not listed: {key} ({', '.join(names)})"
    if not json.loads(run.outputs.get("deployment") or "{}").get("undone"):
        yield "(2) rollback-incomplete, and the record lists nothing undone"


def _in_route_table(summary: str, rule: str | None) -> bool:
    """Whether the summary's table of routes shows that the rule forwards otherwise than before."""
    rows = ([cell.strip() for cell in line.strip("| ").split(" | ")] for line in summary.splitlines())
    return any(len(row) == 3 and row[0] == rule and row[1] != row[2] for row in rows)


def _lasting(seen: Seen, last: Run) -> Iterator[str]:
    """A deployment that ends well says so of the world as it is then, also if somebody meddled meanwhile."""
    quiet = all(seen.began + time + _BLINK < last.ended for _, _, time in seen.struck)
    if last.status == "deployed" and quiet and "new" not in seen.now:
        yield "(4) deployed, and the new group is gone"
    moved = [key for key in seen.now if "/" in key and ":" in key and seen.now[key] != seen.end.get(key)]
    since = all(seen.created is not None and index > seen.created for _, index, _ in seen.struck)
    if last.status == "deployed" and quiet and moved and since and COURSES[seen.case.strategy].scenario != "basic":
        yield f"(4) deployed, and somebody else has changed {', '.join(moved)}"


def _strangers(seen: Seen) -> Iterator[str]:
    for name in sorted(STRANGERS):
        if seen.now.get(name) != seen.start.get(name):
            yield f"(3) a group that is not ours changed: {name}"
    for call in seen.foreign_calls:
        yield f"(3) a call to a group that is not ours: {call}"
    for call in seen.overwritten:
        yield f"(3) {call} overwrote what somebody else made of the rule"
    for index, when in seen.misnamed:
        if not any("rule" in CLOUD[each.name].touches and 0 <= when - time <= _BLINK for each, _, time in seen.struck):
            yield f"(1) the new group got the app's name at call {index}, before production went there"
    if any(trouble.name == "rival" for trouble in seen.case.troubles) and "rival" not in seen.now:
        yield "(3) the group of another run was deleted"


def _verdicts(seen: Seen) -> Iterator[str]:
    for run in seen.runs:
        if "Internal error" in run.log:
            line = next(line for line in run.log.splitlines() if "Internal error" in line)
            yield f"(4) {run.operation} said: {line[:160]}"
        if run.code == KILLED or (run.operation == "post" and not run.status):
            continue
        good = run.status in _GOOD and not (run.status == "rolled-back" and run.operation in {"deploy", "continue"})
        if (run.code == 0) != good:
            yield f"(4) {run.operation} ended as {run.status or 'nothing'} with exit code {run.code}"
        elif run.code and run.code not in _CODES.get(run.status, frozenset({run.code})):
            yield f"(4) {run.operation} ended as {run.status} with exit code {run.code}"
    yield from _yields(seen)
    yield from _resilience(seen)


def _yields(seen: Seen) -> Iterator[str]:
    """Where another run's group was there before ours was, ours has to give way."""
    rivals = [seen.troubled.first + trouble.at for trouble in seen.case.troubles if trouble.name == "rival"]
    if rivals and seen.created is not None and rivals[0] < seen.created and seen.troubled.status == "deployed":
        yield "(4) deployed, although another run had begun before"


def _resilience(seen: Seen) -> Iterator[str]:
    """What passes by itself is nobody's reason to give up."""
    case, names = seen.case, [trouble.name for trouble in seen.case.troubles]
    if case.then is not Then.NOTHING or any(name not in CALLS or not CALLS[name].transient for name in names):
        return
    wanted = {Journey.DEPLOY: "deployed", Journey.CONTINUE: "deployed"}.get(case.journey, "rolled-back")
    if seen.troubled.status != wanted:
        yield f"(4) trouble that passes by itself made it end as {seen.troubled.status}"


def _secrets(seen: Seen) -> Iterator[str]:
    for run in seen.runs:
        if any(secret in run.everything for secret in seen.secrets):
            yield f"(5) a secret was written by {run.operation}"


def _times(seen: Seen) -> Iterator[str]:
    for run in seen.runs:
        took = run.ended - run.began
        limit = _POST_LIMIT if run.operation == "post" else _BACK if run.operation == "rollback" else TIMEOUT + _BACK
        if took > limit:
            yield f"(6) {run.operation} took {took:.0f} s, more than {limit:.0f}"
        if run.overstayed:
            yield f"(6) {run.operation} was still there ten seconds after the signal"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 160 else f"{text[:160]}…"
