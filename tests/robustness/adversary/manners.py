"""How a run behaves whatever it does: status and exit code agree, no secret, no error of its own, in time."""

from collections.abc import Iterator, Mapping

from .evidence import Evidence, RunSeen

_POST_LIMIT = 245.0
_BACK_LIMIT = 1020.0  # seconds of a rollback: twice its steady-state timeout, ten minutes, and calls in flight
_LIMIT = 900.0  # of a deployment: its input `timeout`
_GATES = 300.0  # what `continue` and `rollback` wait for the lock
_GOOD = frozenset({"deployed", "unchanged", "stopped", "rolled-back"})
_CODES: Mapping[str, frozenset[int]] = {
    "failed": frozenset({1, 3, 5}),
    "rolled-back": frozenset({1, 5}),
    "refused": frozenset({3}),
    "rollback-incomplete": frozenset({4}),
    "cancelled": frozenset({130}),
    "invalid": frozenset({2}),
}
_UNSAVED = 6


def bad_manners(seen: Evidence, run: RunSeen) -> Iterator[str]:
    """Status, exit code, errors of our own, secrets, time."""
    who = f"run {run.number} ({run.operation})"
    if "Internal error" in run.log:
        line = next(line for line in run.log.splitlines() if "Internal error" in line)
        yield f"(4) {who} said: {line[:200]}"
    if "Traceback" in run.told:
        yield f"(4) {who} wrote a traceback"
    if any(secret in run.everything for secret in seen.secrets):
        yield f"(5) {who} wrote a secret"
    if run.overstayed:
        yield f"(6) {who} was still there ten seconds after the signal"
    took = run.ended - run.began
    limit = {"post": _POST_LIMIT, "rollback": _BACK_LIMIT + _GATES}.get(run.operation, _LIMIT + _BACK_LIMIT + _GATES)
    if took > limit:
        yield f"(6) {who} took {took:.0f} s, more than {limit:.0f}"
    full = bool(seen.script.named("disk-full"))
    if run.killed or (full and run.code == _UNSAVED) or not run.status:
        if not run.killed and not full and run.code == 0 and run.operation != "post":
            yield f"(4) {who} ended well without a status"
        return
    if full:
        return  # the last status may be one that could not be written any more
    good = run.status in _GOOD and not (run.status == "rolled-back" and run.operation in {"deploy", "continue"})
    if (run.code == 0) != good or (run.code and run.code not in _CODES.get(run.status, frozenset())):
        yield f"(4) {who} ended as {run.status} with exit code {run.code}"
