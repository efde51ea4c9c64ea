"""Whether what a run says of its end is true.

`deployed` is compared with the undisturbed deployment; `rolled-back`, `refused` and `failed` with what was there
before. What differs must be an actor's. Where it matters to production (its rules, the group that is to serve) it must
also be told in a warning, an error, or the record's list, unless the actor came so late that no read showed it.
"""

from collections.abc import Iterator
from dataclasses import replace

from .evidence import NEW, OLD, Evidence, Picture, RunSeen
from .exhibits import (
    FRESH,
    clamped,
    is_late,
    is_rule,
    is_told,
    is_unlocked,
    moves_rules,
    name_of,
    plain,
    required,
    shorten,
    target_of,
    touched_by_others,
    undone,
    written_beside,
)

_DELETE = "DELETE /aws/ec2/group/{id}"


def broken_words(seen: Evidence, run: RunSeen) -> Iterator[str]:
    """Yield what is not as the run says; a run that was killed, or could not write it down, said nothing."""
    unsaved = run.code != 0 or run.status in {"", "running"}
    if run.killed or (seen.script.named("disk-full") and unsaved):
        return
    if run.status in {"cancelled", "stopped"}:
        yield from _half_way(seen, run)
        return
    if run.status == "rollback-incomplete":
        yield from _incomplete(seen, run)
        return
    if run.status == "deployed" and run.outputs.get("previous-elastigroup-id") != seen.old:
        yield from _serves(seen, run)  # it replaced what was deployed before
        return
    wanted = {
        "deployed": (_as_goal(seen, run), "not as deployed"),
        "rolled-back": (_as_before(seen, run), "not as before"),
        "refused": (run.before, "refused, and yet changed"),
        "failed": (run.before, "failed, and changed"),
    }.get(run.status, _idle(seen, run))
    yield from _compare(seen, run, *wanted, all_may_differ=run.status == "failed")
    if run.status == "deployed" or (run.status == "rolled-back" and " is serving" in run.log):
        yield from _serves(seen, run)  # a rollback of what never changed production says only that


def _idle(seen: Evidence, run: RunSeen) -> tuple[Picture, str]:
    """What is there after a run that did nothing; a post step that does nothing about a cancel vouches for that run."""
    of = next((each for each in seen.runs if each.number == run.post_of), None)
    if of is None or of.status != "cancelled" or run.status or run.code != 0:
        return run.before, "nothing was done, and yet changed"
    return of.before, f"nothing was done about the cancelled run {of.number}, and yet changed"


def _half_way(seen: Evidence, run: RunSeen) -> Iterator[str]:
    ways = ("operation: rollback", "operation: continue")
    if _differences(seen, run, seen.start) and not any(way in run.told for way in ways):
        yield f"(4) run {run.number} ended half-way as {run.status}, and does not say how to go on"


def _incomplete(seen: Evidence, run: RunSeen) -> Iterator[str]:
    """What differs has to be named, unless the run could not even look; then it says how to go on."""
    if not any(write.by == run.number for write in seen.writes):
        if "operation: rollback" not in run.told and "by hand" not in run.told:
            yield f"(4) run {run.number} could not even begin to roll back, and does not say how to go on"
        return
    if not is_unlocked(seen):
        yield from _compare(seen, run, _as_before(seen, run), "left undone", all_may_differ=True)
    if run.outputs.get("deployment") and undone(run) == "[]":
        yield f"(2) run {run.number} is rollback-incomplete, and its record lists nothing undone"


def _as_before(seen: Evidence, run: RunSeen) -> Picture:
    """What was there before the deployment; where another one was deployed instead, all but the group that goes.

    A new deployment began with what earlier runs and actors had left, and going back from it leads there. What it finds
    idle under the stage name it replaces: that group may be gone. Older versions that it cleaned up when it had
    succeeded stay as they are.
    """
    if "was deployed instead" in run.log:
        gone = _deleted(seen, run)
        kept = {group: what for group, what in run.before.groups.items() if group not in gone}
        return replace(run.before, groups=kept)
    begun = _rolled_back_deployment(seen, run)
    if begun is None:
        return seen.start
    deleted, tidied = _deleted(seen, begun), _tidied(seen, begun)
    groups = {
        group: run.after.groups.get(group, what) if group in tidied else what
        for group, what in begun.before.groups.items()
        if not (group in deleted and target_of(what) == 0)
        and (group in seen.start.groups or not _overlap(seen, begun, group))
    }
    return replace(begun.before, groups=groups)


def _rolled_back_deployment(seen: Evidence, run: RunSeen) -> RunSeen | None:
    """The run that deployed what this one rolls back: itself, the one before, or whose group it wrote last of all."""
    of = next((each for each in seen.runs if each.number == (run.post_of or run.number)), run)
    if of.operation == "deploy":
        return of
    owners = {group: each for each in seen.runs for group in each.created if each.operation == "deploy"}
    written = [owners[write.thing] for write in seen.writes if write.by == run.number and write.thing in owners]
    return max(written, key=lambda each: each.began, default=None)


def _deleted(seen: Evidence, run: RunSeen) -> set[str]:
    return {write.thing for write in seen.writes if write.by == run.number and write.call == _DELETE}


def _tidied(seen: Evidence, run: RunSeen) -> set[str]:
    """The older versions that a deployment scaled to 0 once it had succeeded; none of another one."""
    if run.status != "deployed":
        return set()
    kept = {*run.created, run.outputs.get("previous-elastigroup-id", "")}
    return {w.thing for w in seen.writes if w.by == run.number and w.call.endswith("/capacity")} - kept


def _as_goal(seen: Evidence, run: RunSeen) -> Picture:
    """What the undisturbed deployment leads to, with the ids of this one."""
    goal = seen.basic_goal if run.basic else seen.goal
    new = run.outputs.get("elastigroup-id", "")
    wanted = goal.groups[NEW]
    if (touched_by_others(seen, run, seen.old) or written_beside(seen, run, seen.old)) and new in run.after.groups:
        # "same as running" is what was running then, be it in the middle of another run's canary
        before = {each.before.groups[seen.old]["capacity"] for each in seen.runs if seen.old in each.before.groups}
        capacity = run.after.groups[new]["capacity"]
        wanted = {**wanted, "capacity": capacity if capacity in before else wanted["capacity"]}
    if new in run.after.groups and run.after.groups[new]["name"] in _next_names(seen, run, wanted["name"]):
        wanted = {**wanted, "name": run.after.groups[new]["name"]}  # another run's group took the first number
    groups = {**seen.start.groups, seen.old: goal.groups[OLD], new: wanted}
    return Picture(0.0, groups, goal.rules, goal.healthy, goal.serving)


def _next_names(seen: Evidence, run: RunSeen, name: str) -> set[str]:
    """The numbered names that may follow those that were taken when the run began; another name as it is.

    A list that is late may still show groups that were deleted shortly before, and their numbers as taken.
    """
    app, _, number = name.rpartition("__")
    if not number.isdecimal():
        return {name}
    taken = [group["name"].removeprefix(f"{app}__") for group in run.before.groups.values()]
    following = max([int(each) + 1 for each in taken if each.isdecimal()], default=int(number))
    deleted = [write.at for write in seen.writes if write.call == _DELETE]
    shown = [at for at in deleted if 0 <= run.began - at <= seen.script.lag("spot-list")]
    return {f"{app}__{following + more}" for more in range(len(shown) + 1)}


def _compare(
    seen: Evidence, run: RunSeen, wanted: Picture, what: str, *, all_may_differ: bool = False
) -> Iterator[str]:
    """Say what is not as wanted and neither an actor's nor, where production depends on it, told."""
    for thing, is_, should in _differences(seen, run, wanted):
        theirs = touched_by_others(seen, run, thing)
        told = is_told(seen, run, thing)
        late = any(is_late(seen, run, at) for at in theirs)
        if written_beside(seen, run, thing) or _was_unlocked(seen, run, thing):
            continue
        if all_may_differ and (told or theirs):
            continue
        if theirs and (told or late or not _matters(seen, run, thing, is_, should)):
            continue
        if told and "was not deleted" in run.told:
            continue
        why = "touched by an actor, and not told" if theirs else "nobody else touched it"
        yield (
            f"(2) run {run.number} ({run.operation}) {what}: {name_of(seen, thing)} is {shorten(is_)},"
            f" not {shorten(should)} ({why})"
        )


def _was_unlocked(seen: Evidence, run: RunSeen, thing: str) -> bool:
    """Whether the deployment that is rolled back found it half written: the other's marker was edited away."""
    begun = _rolled_back_deployment(seen, run)
    return begun is not None and is_unlocked(seen) and written_beside(seen, begun, thing)


def _differences(seen: Evidence, run: RunSeen, wanted: Picture) -> list[tuple[str, object, object]]:
    found: list[tuple[str, object, object]] = []
    others = {group for other in seen.runs if other.number != run.number for group in other.created}
    for group in sorted({*wanted.groups, *run.after.groups} - seen.strangers):
        if group in others and group not in wanted.groups and _is_of_rival(seen, run, group):
            continue  # it is at work, has come to its end, or has told that it left its group behind
        is_, should = (plain(seen, group, of.groups.get(group)) for of in (run.after, wanted))
        if is_ != should:
            found.append((group, is_, should))
    found += [
        (rule, run.after.rules.get(rule), wanted.rules[rule])
        for rule in wanted.rules
        if run.after.rules.get(rule) != wanted.rules[rule]
    ]
    return found


def _is_of_rival(seen: Evidence, run: RunSeen, group: str) -> bool:
    """Whether a rival created the group, which was at work beside the run, was cancelled, or listed it as left undone.

    A rival has no post step, and a later run rolls back the script's own deployment.
    """
    owner = next(other for other in seen.runs if group in other.created)
    given_up = owner.status == "cancelled" or group in undone(owner)
    return _overlap(seen, run, group) or (owner.basic and given_up)


def _overlap(seen: Evidence, run: RunSeen, group: str) -> bool:
    owner = next(other for other in seen.runs if group in other.created)
    return owner.ended > run.began and owner.began < run.ended


def _matters(seen: Evidence, run: RunSeen, thing: str, is_: object, should: object) -> bool:
    """Whether production depends on the difference: where its requests go, a group that is gone, or too small."""
    if thing in seen.names:
        return moves_rules(seen, run) and thing in run.after.serving and _shares(is_) != _shares(should)
    if is_ is None:
        return target_of(should) > 0
    return should is not None and target_of(is_) < target_of(should)


def _shares(rule: object) -> list[dict[str, float]]:
    """The share of each target group that gets requests, in every forward of a rule."""
    assert isinstance(rule, dict)
    found = []
    for action in rule["actions"]:
        weights = {g["TargetGroupArn"]: g["Weight"] for g in action.get("ForwardConfig", {}).get("TargetGroups", [])}
        whole = sum(weights.values()) or 1
        found.append({arn: weight / whole for arn, weight in weights.items() if weight})
    return found


def _serves(seen: Evidence, run: RunSeen) -> Iterator[str]:
    """A run that says that all is well says so of a production that is healthy."""
    astray = any(is_rule(strike) for strike in seen.strikes) and not moves_rules(seen, run)
    clamps = [at for _, at in clamped(seen, run)]
    for rule, healthy in run.after.healthy.items():
        since = run.ended - seen.script.lag("target-health") - FRESH
        late = any(since <= at <= run.ended for at in seen.losses) or any(is_late(seen, run, at) for at in clamps)
        moved = touched_by_others(seen, run, rule)
        late = late or (bool(moved) and is_late(seen, run, min(moved)))  # no read of the run could show it
        excused = late or is_told(seen, run, rule) or _hurts(seen, run)
        if healthy < required(seen, run.number) and not excused and not astray:
            yield f"(4) run {run.number} ended as {run.status}, while {rule} has {healthy} healthy targets"


def _hurts(seen: Evidence, run: RunSeen) -> bool:
    """Whether an actor took from a group what only he can give back, and it is told."""
    return any(is_told(seen, run, thing) for strike in seen.strikes for thing in strike.touched)
