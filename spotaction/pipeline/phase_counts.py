"""Refuses phases with more instances than the group may have, before anything is changed."""

from collections.abc import Iterator, Sequence

from spotaction.documents.wording import count_of
from spotaction.model.deployment import GroupRef
from spotaction.model.errors import Problem, RefusedError
from spotaction.model.execution import DeploySpec, Execution, StepSpec
from spotaction.model.resources import Capacity

_WHOLE = 100


def over_maximum(steps: Sequence[StepSpec], maximum: int) -> Iterator[tuple[DeploySpec, str]]:
    """Yield the phases that deploy more new instances than the new group's maximum, each with a message."""
    for spec in steps:
        count = spec.amount.count or 0 if isinstance(spec, DeploySpec) else 0
        if isinstance(spec, DeploySpec) and count > maximum:
            yield spec, f"{spec.name} deploys {count_of(count, 'instance')}, more than the maximum of {maximum}"


def input_problems(execution: Execution) -> tuple[Problem, ...]:
    """Return the problems of phases above the maximum in the input `instances`; none if it gives no maximum."""
    instances = execution.setup.instances
    if instances is None:
        return ()
    found = over_maximum(execution.steps, instances.maximum)
    return tuple(
        Problem(f"{message} in instances", "canary", hint=_way_out(spec, "raise the maximum of the input instances"))
        for spec, message in found
    )


def check_phase_counts(execution: Execution, capacity: Capacity, old: GroupRef | None) -> None:
    """Check the phases against the capacity of the new group and the maximum of the old one, once both are known.

    Raises `RefusedError` for a phase that deploys or keeps more instances than the group may have.
    """
    for phase, message in over_maximum(execution.steps, capacity.maximum):
        raise RefusedError(
            f"{message} for the new group ({capacity}, minimum/target/maximum).",
            next_step=f"{_way_out(phase, 'give instances with a larger maximum')}.",
        )
    for spec in execution.steps:
        kept = spec.kept.count or 0 if isinstance(spec, DeploySpec) and spec.kept is not None else 0
        if old is not None and kept > old.capacity.maximum:
            raise RefusedError(
                f"{spec.name} keeps {count_of(kept, 'old instance')}, more than the maximum of "
                f"{old.capacity.maximum} for {old.name} ({old.id}).",
                next_step="write a smaller count, or a percentage, in old-instances (or oldService of the step).",
            )


def _way_out(spec: DeploySpec, more: str) -> str:
    """What to write instead; a count may have been meant as a percentage."""
    count = spec.amount.count or 0
    meant = f" ({count}% for a percentage)" if count <= _WHOLE else ""
    return f"write a smaller count{meant}, or {more}"
