"""Whether the old and the new group count their capacity in the same unit: 3 instances may be 12 units of weight."""

from spotaction.documents.accessors import as_plain_text, value_at
from spotaction.model.capacity import is_final
from spotaction.model.errors import RefusedError
from spotaction.model.execution import DeploySpec, Execution
from spotaction.model.resources import Capacity, Group, JsonObject

_INSTANCE = "instance"


def check_units(old: Group | None, config: JsonObject, execution: Execution, capacity: Capacity) -> None:
    """Raises `RefusedError` where a number of the old group would be read in the unit of the new one.

    That is where the capacity is taken over, and in each phase that leaves a part of the old group. `config` is the
    new group's.
    """
    unit = as_plain_text(value_at(config, ("capacity", "unit"))) or _INSTANCE
    if old is None or old.capacity.target == 0 or old.unit == unit:
        return
    told = f"{old.name} ({old.id}) counts its capacity in the unit {old.unit}, and the Elastigroup config in {unit}"
    if execution.setup.instances is None:
        raise RefusedError(
            f"{told}: its {old.capacity} (minimum/target/maximum) would be something else there.",
            next_step=f"give instances in the unit {unit}, or correct capacity.unit in the config.",
        )
    phases = [step for step in execution.steps if isinstance(step, DeploySpec)]
    partial = next((step.name for step in phases if not is_final(step.amount, capacity)), "")
    if partial:
        raise RefusedError(
            f"{told}: how much of the old group the phase {partial} may replace cannot be told.",
            next_step="change the unit with strategy basic or blue-green, which replace the whole group.",
        )
