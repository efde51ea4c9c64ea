"""Whether the old and the new group have the same capacity unit: 3 instances may be 12 units of weight."""

from spotaction.documents.accessors import as_plain_text, value_at
from spotaction.model.capacity import is_final
from spotaction.model.errors import RefusedError
from spotaction.model.execution import DeploySpec, Execution
from spotaction.model.resources import Capacity, Group, JsonObject

_INSTANCE = "instance"


def check_units(old: Group | None, config: JsonObject, execution: Execution, capacity: Capacity) -> None:
    """Raise `RefusedError` if a number of the old group would be used in the unit of the new one, whose is `config`.

    That happens when the capacity is reused, and in each phase that keeps a part of the old group.
    """
    unit = as_plain_text(value_at(config, ("capacity", "unit"))) or _INSTANCE
    if old is None or old.capacity.target == 0 or old.unit == unit:
        return
    differs = f"{old.name} ({old.id}) has capacity unit {old.unit}, but the Elastigroup config has {unit}"
    if execution.setup.instances is None:
        raise RefusedError(
            f"{differs}: its {old.capacity} (minimum/target/maximum) would mean something else there.",
            next_step=f"set instances in the unit {unit}, or correct capacity.unit in the config.",
        )
    phases = [step for step in execution.steps if isinstance(step, DeploySpec)]
    partial = next((step.name for step in phases if not is_final(step.amount, capacity)), "")
    if partial:
        raise RefusedError(
            f"{differs}: the share of the old group that phase {partial} replaces cannot be calculated.",
            next_step="change the unit with strategy basic or blue-green, which replace the whole group.",
        )
