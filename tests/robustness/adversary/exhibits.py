"""Questions about the evidence: what production needs, who touched what, and what people were told."""

import json

from .evidence import JSON, Evidence, Picture, RunSeen, Strike

_MINIMUM = 2  # of the groups of every strategy
FRESH = 6.0  # seconds from a look to the call that rests on it, when nothing is late


def required(seen: Evidence, number: int) -> int:
    """How many targets production has to keep: as many as were asked for when the run began, or actors ask for since.

    Who sets a group's target lower, takes that much himself; so does a scaling policy, down to the group's minimum.
    """
    run = next((run for run in seen.runs if run.number == number), None)
    if run is None:
        return seen.required
    events = [strike.event for strike in seen.strikes if strike.at <= run.ended]
    scaled = [int(event.amount) for event in events if event.name.startswith("scale-")]
    policy = [_MINIMUM for event in events if event.name.startswith("policy-in-")]
    return min([seen.required, running(run.before), *scaled, *policy])


def moves_rules(seen: Evidence, run: RunSeen) -> bool:
    """Whether the run's strategy moves production's rules; others know nothing of rules."""
    return seen.script.strategy in {"swap", "shift", "mixed"} and not run.basic


def is_rule(strike: Strike) -> bool:
    """Whether an actor wrote a rule."""
    return any("/" in thing for thing in strike.touched)


def is_unlocked(seen: Evidence) -> bool:
    """Whether somebody edited a marker away while a rival was there: then nothing keeps the two apart."""
    return bool(seen.script.named("rival")) and any(s.event.name.startswith("describe-") for s in seen.strikes)


def running(picture: Picture) -> int:
    return sum(target_of(group) for group in picture.groups.values() if is_attached(picture, group))


def is_attached(picture: Picture, group: JSON) -> bool:
    return any(arn in group["target groups"] for arns in picture.serving.values() for arn in arns)


def target_of(group: object) -> int:
    assert isinstance(group, dict)
    return int(group["capacity"].split("/")[1])


def touched_by_others(seen: Evidence, run: RunSeen, thing: str) -> list[float]:
    """When actors touched it, up to the run's end; a controller does so again and again."""
    found = [strike.at for strike in seen.strikes if thing in strike.touched and strike.at <= run.ended]
    found += [at for group, at in clamped(seen, run) if group == thing]
    again = [at for at in seen.rewrites if at <= run.ended] if thing in run.after.serving else []
    return found + again if found else []


def clamped(seen: Evidence, run: RunSeen) -> list[tuple[str, float]]:
    """The groups whose capacity Spot clamped when a run wrote it, up to this run's end, and when."""
    since = {thing: s.at for s in seen.strikes if s.event.name.startswith("clamp-") for thing in s.touched}
    writes = [write for write in seen.writes if write.call.endswith("/capacity") and write.at <= run.ended]
    return [(write.thing, write.at) for write in writes if write.at >= since.get(write.thing, write.at + 1)]


def written_beside(seen: Evidence, run: RunSeen, thing: str) -> bool:
    """Whether another run that was at work at the same time wrote it."""
    beside = {o.number for o in seen.runs if o.number != run.number and o.began < run.ended and o.ended > run.began}
    return any(write.by in beside and write.thing == thing for write in seen.writes)


def is_late(seen: Evidence, run: RunSeen, at: float) -> bool:
    lag = max(seen.script.lag(name) for name in ("spot-get", "spot-list", "elb-rules", "target-health"))
    return run.ended - at <= lag + FRESH


def is_told(seen: Evidence, run: RunSeen, thing: str) -> bool:
    """Whether people read of it where the run warns or fails, or among what its record lists as undone.

    That somebody moved a group's target within its range is told in the log.
    """
    if thing in run.after.groups and "; its target is now" in run.log:
        return True
    words = (thing, *seen.names.get(thing, ()))
    warned = warnings(run)
    return any(word in warned or word in undone(run) for word in words)


def warnings(run: RunSeen) -> str:
    return "\n".join(line for line in run.log.splitlines() if line.startswith(("::warning", "::error")))


def undone(run: RunSeen) -> str:
    record = json.loads(run.outputs.get("deployment") or "{}")
    return str(record.get("undone", []))


def name_of(seen: Evidence, thing: str) -> str:
    if thing == seen.old:
        return f"the old group ({thing})"
    owner = next((run.number for run in seen.runs if thing in run.created), 0)
    return f"the new group of run {owner} ({thing})" if owner else thing


def shorten(value: object) -> str:
    text = str(value)
    return text if len(text) <= 260 else f"{text[:260]}…"


def plain(seen: Evidence, group: str, what: JSON | None) -> JSON | None:
    """Without what no promise is about: descriptions, and suspensions that run out by themselves."""
    if what is None:
        return None
    lasting = [each for each in what["suspensions"] if each.get("expiresAt") is None]
    return {**what, "suspensions": lasting, "description": what["description"] if group in seen.strangers else ""}
