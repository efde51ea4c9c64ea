"""Counts of instances that no group can hold: refused where they are written, before anything is changed."""

from collections.abc import Iterator, Sequence

from spotaction.model.deployment import GroupRef
from spotaction.model.errors import Problem, RefusedError
from spotaction.model.execution import DeploySpec, Execution, StepSpec
from spotaction.model.resources import Capacity


def over_maximum(steps: Sequence[StepSpec], maximum: int) -> Iterator[tuple[DeploySpec, str]]:
    """The phases that ask for more new instances than the new group's maximum, each with what is wrong."""
    for spec in steps:
        if isinstance(spec, DeploySpec) and (spec.amount.count or 0) > maximum:
            yield spec, f"{spec.name} deploys {spec.amount.count} instances, more than the maximum of {maximum}"


def input_problems(execution: Execution) -> tuple[Problem, ...]:
    """The same for the plain inputs, as far as `instances` tells the maximum."""
    instances = execution.setup.instances
    if instances is None:
        return ()
    hint = "write a smaller count, or raise the maximum of the input instances"
    found = over_maximum(execution.steps, instances.maximum)
    return tuple(Problem(f"{message} in instances", _input(spec), hint=hint) for spec, message in found)


def check_phase_counts(execution: Execution, capacity: Capacity, old: GroupRef | None) -> None:
    """Raise `RefusedError` where a phase asks for more than the new group may hold, or keeps more than the old one may.

    It is known only now where the capacity is that of the running group.
    """
    for _, message in over_maximum(execution.steps, capacity.maximum):
        raise RefusedError(
            f"{message} that the new group gets ({capacity}, minimum/target/maximum).",
            next_step="write a smaller count, or give instances with a larger maximum.",
        )
    for spec in execution.steps:
        kept = spec.kept.count if isinstance(spec, DeploySpec) and spec.kept is not None else None
        if old is not None and (kept or 0) > old.capacity.maximum:
            raise RefusedError(
                f"{spec.name} is to keep {kept} old instances, more than the maximum of {old.name} ({old.id}), "
                f"which is {old.capacity.maximum}.",
                next_step="write a smaller count for the old service, or a percentage.",
            )


def _input(spec: DeploySpec) -> str:
    return "canary" if spec.name.startswith("canary-deploy-") else "new-service"
