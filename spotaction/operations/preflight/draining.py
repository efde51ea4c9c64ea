"""Whether Spot lets an instance finish what its target groups still send: two timeouts that have to agree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from spotaction.documents.accessors import as_whole_number, value_at
from spotaction.model.resources import Group, JsonObject, arn_name

DEFAULT = 120  # seconds, Spot's


@dataclass(frozen=True)
class Drain:
    """A group's draining timeout in seconds, and the target groups that it drains from.

    `is_chosen` is whether the config of this deployment sets it: neither Spot's default nor what already runs.
    """

    name: str
    timeout: int
    is_chosen: bool
    target_groups: frozenset[str]


def drains(old: Group | None, config: JsonObject, entered: frozenset[str]) -> tuple[Drain, ...]:
    """Return the draining of the old group, if one runs, and of the new one, in the target groups `entered`."""
    found = [_drain("the new group", config, entered)]
    if old is not None and old.capacity.target > 0:
        running = _drain(f"{old.name} ({old.id})", old.config, frozenset(old.target_groups))
        found.append(replace(running, is_chosen=False))
    return tuple(found)


def draining_conflicts(found: tuple[Drain, ...], delays: Mapping[str, float]) -> Iterator[tuple[Drain, str]]:
    """Yield each group whose instances Spot terminates before a target group has deregistered them, described."""
    for drain in found:
        longer = {arn: delays[arn] for arn in sorted(drain.target_groups) if delays.get(arn, 0) > drain.timeout}
        if longer:
            named = ", ".join(f"{arn_name(arn)} {delay:.0f} s" for arn, delay in longer.items())
            text = (
                f"Draining timeout of {drain.name} is {drain.timeout} s, but the deregistration delay is longer "
                f"({named}): requests that take longer than {drain.timeout} s are cut off when Spot removes an "
                "instance. Set strategy.drainingTimeout to the delay, or shorten the delay."
            )
            yield drain, text


def describe_draining(found: tuple[Drain, ...], delays: Mapping[str, float]) -> JsonObject:
    """Return both timeouts of the new group as policy rules see them, in seconds."""
    new = found[0]
    known = {arn_name(arn): int(delay) for arn, delay in delays.items() if arn in new.target_groups}
    return {"drainingTimeout": new.timeout, **({"deregistrationDelays": known} if known else {})}


def _drain(name: str, config: JsonObject, target_groups: frozenset[str]) -> Drain:
    timeout = as_whole_number(value_at(config, ("strategy", "drainingTimeout")))
    return Drain(name, DEFAULT if timeout is None else timeout, timeout is not None, target_groups)
