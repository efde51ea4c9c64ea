"""What must hold whatever happens; the answer is every way in which a script broke it, in words.

The judge imports nothing of the action, and of the sandbox only what `watch` saw. Two ideas carry it.

**No call may hurt.** A changing call after which fewer targets are healthy behind a production rule than before must
leave the required number. It is excused only if healthy targets were lost, or somebody wrote the rule, so shortly
before it that no read could have shown it: within the lag of such reads and `FRESH` seconds. So all that actors take
is measured, not declared, and what an actor took is never held against a run.

**A run's word is true at its end**: see `word`.
"""

from collections.abc import Iterator, Sequence

from .evidence import Evidence, Fall, RunSeen, Write
from .exhibits import FRESH, is_unlocked, name_of, plain, required, shorten, undone, warnings
from .manners import bad_manners
from .word import broken_words


def judge(seen: Evidence) -> tuple[str, ...]:
    """Return every violation; none for a script in which every promise was kept."""
    found = [*seen.raised, *_production(seen), *_strangers(seen), *_later(seen)]
    for run in seen.runs:
        found += [*bad_manners(seen, run), *broken_words(seen, run)]
    return tuple(dict.fromkeys(found))


def _production(seen: Evidence) -> Iterator[str]:
    for fall in seen.falls:
        if fall.after < min(required(seen, fall.write.by), fall.before) and not _excused(seen, fall):
            yield (
                f"(1) production: {fall.write.call} of {name_of(seen, fall.write.thing)} by run {fall.write.by} at"
                f" {fall.write.at:.1f} s took {fall.what} from {fall.before} to {fall.after} healthy targets"
            )


def _excused(seen: Evidence, fall: Fall) -> bool:
    """Whether targets were lost, or a rule written by an actor, too late to be seen before the call; or Spot clamps."""
    if any(s.event.name.startswith("clamp-") and fall.write.thing in s.touched for s in seen.strikes):
        return True  # Spot stores less than it was told to
    lost = [*seen.losses, *(at for arn in fall.serving for at in seen.drops.get(arn, ()))]
    healths = [fall.write.at - at for at in lost]
    rules = [fall.write.at - at for at in seen.rewrites]
    if is_unlocked(seen):
        return True
    late_health, late_rule = (seen.script.lag(name) + FRESH for name in ("target-health", "elb-rules"))
    return any(0 <= ago <= late_health for ago in healths) or any(0 <= ago <= late_rule for ago in rules)


def _strangers(seen: Evidence) -> Iterator[str]:
    for group in sorted(seen.strangers):
        if seen.later.groups.get(group) != seen.start.groups[group]:
            yield f"(3) a group that is not ours changed: {name_of(seen, group)}"
    yield from (f"(3) a write to a group that is not ours: {w.call}" for w in seen.writes if w.thing in seen.strangers)
    owners = {group: run for run in seen.runs for group in run.created}
    forced = {run.number for run in seen.runs if run.forced}  # which says that the run before is dead
    for write in (each for each in seen.writes if each.by not in forced):
        owner = owners.get(write.thing)
        if _lost_its_marker(seen, write):
            continue  # nothing shows that somebody is at work on it
        if owner is not None and owner.number != write.by and owner.began <= write.at < owner.ended:
            yield f"(3) {write.call} of run {write.by} to the new group of run {owner.number}, which was at work"


def _lost_its_marker(seen: Evidence, write: Write) -> bool:
    """Whether somebody had edited the marker of this very group away."""
    edits = [strike for strike in seen.strikes if strike.event.name.startswith("describe-") and strike.at <= write.at]
    return any(write.thing in edit.touched for edit in edits)


def _later(seen: Evidence) -> Iterator[str]:
    """Two minutes after the end nothing has changed any more, but by actors."""
    if not seen.runs:
        return
    last = max(seen.runs, key=lambda run: run.ended)
    late = {thing for s in seen.strikes if s.at > last.ended or s.event.amount for thing in s.touched}
    for group in sorted({*last.after.groups, *seen.later.groups} - late):
        one, other = (plain(seen, group, of.groups.get(group)) for of in (last.after, seen.later))
        if one != other:
            yield f"(2) two minutes after the end {name_of(seen, group)} is {shorten(other)}, not {shorten(one)}"
    for rule in last.after.rules:
        if rule not in late and seen.later.rules.get(rule) != last.after.rules[rule]:
            yield f"(2) two minutes after the end {rule} has changed"
    for rule, healthy in seen.later.healthy.items():
        whole = last.after.healthy.get(rule, 0) >= required(seen, last.number)
        lost = any(at > last.ended - seen.script.lag("target-health") - FRESH for at in seen.losses)
        if whole and healthy < required(seen, last.number) and not lost:
            yield f"(1) two minutes after the end {rule} has {healthy} healthy targets"
    yield from _names(seen)


def _names(seen: Evidence) -> Iterator[str]:
    changed = [run for run in seen.runs if any(write.by == run.number for write in seen.writes)]
    if not changed or max(changed, key=lambda run: run.ended).status not in {"deployed", "rolled-back"}:
        return  # it stopped half-way
    left = {group for run in seen.runs for group in run.created if _is_left_behind(seen, run, group)}
    names = [group["name"] for ident, group in seen.later.groups.items() if ident not in left]
    for name in sorted({name for name in names if names.count(name) > 1 and name != "somebody's own"}):
        yield f"(3) {names.count(name)} groups are called {name} in the end"


def _is_left_behind(seen: Evidence, run: RunSeen, group: str) -> bool:
    """Whether a run could not remove its group, and says so; or runs that nothing kept apart say that it is there."""
    if run.killed or run.status == "cancelled":
        return True
    if run.status == "rollback-incomplete":
        return group in undone(run)
    return is_unlocked(seen) and any(group in warnings(each) for each in seen.runs)


def last_words(runs: Sequence[RunSeen]) -> str:
    """How the last run ended, in a word."""
    last = runs[-1]
    return "killed" if last.killed else last.status or ("nothing to do" if last.code == 0 else f"exit {last.code}")
