"""Refuses phases with more instances than the group may have, before anything is changed."""

from collections.abc import Iterator, Sequence

from spotaction.model.deployment import GroupRef
from spotaction.model.errors import Problem, RefusedError
from spotaction.model.execution import DeploySpec, Execution, StepSpec
from spotaction.model.resources import Capacity


def over_maximum(steps: Sequence[StepSpec], maximum: int) -> Iterator[tuple[DeploySpec, str]]:
    """Yield the phases that deploy more new instances than the new group's maximum, each with a message."""
    for spec in steps:
        if isinstance(spec, DeploySpec) and (spec.amount.count or 0) > maximum:
            yield spec, f"{spec.name} deploys {spec.amount.count} instances, more than the maximum of {maximum}"


def input_problems(execution: Execution) -> tuple[Problem, ...]:
    """Return the problems of phases above the maximum in the input `instances`; none if it gives no maximum."""
    instances = execution.setup.instances
    if instances is None:
        return ()
    hint = "write a smaller count, or raise the maximum of the input instances"
    found = over_maximum(execution.steps, instances.maximum)
    return tuple(Problem(f"{message} in instances", "canary", hint=hint) for _, message in found)


def check_phase_counts(execution: Execution, capacity: Capacity, old: GroupRef | None) -> None:
    """Check the phases against the capacity of the new group and the maximum of the old one, once both are known.

    Raises `RefusedError` for a phase that deploys or keeps more instances than the group may have.
    """
    for _, message in over_maximum(execution.steps, capacity.maximum):
        raise RefusedError(
            f"{message} for the new group ({capacity}, minimum/target/maximum).",
            next_step="write a smaller count, or give instances with a larger maximum.",
        )
    for spec in execution.steps:
        kept = spec.kept.count if isinstance(spec, DeploySpec) and spec.kept is not None else None
        if old is not None and (kept or 0) > old.capacity.maximum:
            raise RefusedError(
                f"{spec.name} keeps {kept} old instances, more than the maximum of {old.capacity.maximum} "
                f"for {old.name} ({old.id}).",
                next_step="write a smaller count, or a percentage, in old-instances (or oldService of the step).",
            )
