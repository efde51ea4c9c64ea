"""Rules of an Elastigroup's scaling policies and scheduled tasks."""

from collections.abc import Iterator

from spotaction.documents.accessors import as_whole_number, value_at
from spotaction.documents.elastigroup.cron import cron_error
from spotaction.documents.elastigroup.rules import Rule, texts_at, values_at
from spotaction.documents.problems import Finding
from spotaction.documents.tree import Path
from spotaction.documents.wording import join_choices, quote_value
from spotaction.model.resources import JsonValue

_POLICIES: tuple[Path, ...] = (("group", "scaling", "up", "*"), ("group", "scaling", "down", "*"))
_TARGETS: Path = ("group", "scaling", "target", "*")
_TASKS: Path = ("group", "scheduling", "tasks", "*")
_MINUTE = 60
_SHORT_PERIODS = (1, 5, 10, 20, 30)
_DAY = 86_400
# The numbers that an action of each type, and a task of each type, needs one of.
_ACTIONS = {
    "adjustment": ("adjustment",),
    "percentageAdjustment": ("adjustment",),
    "setMinTarget": ("minTargetCapacity",),
    "setMaxTarget": ("maxTargetCapacity",),
    "updateCapacity": ("target", "minimum", "maximum"),
}
_TASK_NUMBERS = {
    "scale": ("scaleTargetCapacity", "scaleMinCapacity", "scaleMaxCapacity"),
    "roll": ("batchSizePercentage",),
    "statefulUpdateCapacity": ("targetCapacity", "minCapacity", "maxCapacity", "MinCapacity", "MaxCapacity"),
}
_UNSURE_NUMBERS = {
    "scaleUp": ("adjustment",),
    "scaleDown": ("adjustment",),
    "percentageScaleUp": ("adjustmentPercentage",),
    "percentageScaleDown": ("adjustmentPercentage",),
}
_EFFECTS = ("action", "adjustment", "stepAdjustments", "minTargetCapacity", "maxTargetCapacity")


def _policies(value: JsonValue) -> Iterator[tuple[Path, JsonValue]]:
    for pattern in _POLICIES:
        yield from values_at(value, pattern)


def _check_effects(value: JsonValue) -> Iterator[Finding]:
    for path, policy in _policies(value):
        if all(value_at(policy, (key,)) is None for key in _EFFECTS):
            yield Finding(path, "'action' is missing", "for example {type: adjustment, adjustment: 1}")
        both = [key for key in ("threshold", "action") if value_at(policy, (key,)) is not None]
        if both and value_at(policy, ("stepAdjustments",)):
            message = f"stepAdjustments replace {' and '.join(both)} of the policy"
            yield Finding((*path, both[0]), message, "keep one of them", certain=False)
        for step, each in values_at(policy, ("stepAdjustments", "*")):
            if value_at(each, ("action",)) is None:
                hint = "for example {type: adjustment, adjustment: 1}"
                yield Finding((*path, *step), "'action' is missing", hint)


def _check_actions(value: JsonValue) -> Iterator[Finding]:
    for path, policy in _policies(value):
        for pattern in (("action",), ("stepAdjustments", "*", "action")):
            for inner, action in values_at(policy, pattern):
                yield from _check_action(policy, action, (*path, *inner))


def _check_action(policy: JsonValue, action: JsonValue, path: Path) -> Iterator[Finding]:
    kind = str(value_at(action, ("type",)))
    wanted = _ACTIONS.get(kind, ())
    # Old exports have the number next to the action.
    if wanted and all(value_at(each, (key,)) is None for each in (action, policy) for key in wanted):
        names = join_choices([f"'{key}'" for key in wanted])
        yield Finding(path, f"{names} is required for type {kind}", f"for example {wanted[0]}: 1")
    for place, text in texts_at(action, ("adjustment",)):
        message = f"{quote_value(text)} is an expression, which only Spot can check"
        yield Finding((*path, *place), message, "make sure that Spot accepts it, or write a number", certain=False)


def _check_periods(value: JsonValue) -> Iterator[Finding]:
    for pattern in (*_POLICIES, _TARGETS):
        for path, policy in values_at(value, pattern):
            period = as_whole_number(value_at(policy, ("period",)))
            if period is None or value_at(policy, ("source",)) == "spectrum":
                continue
            if (period % _MINUTE and period not in _SHORT_PERIODS) or period > _DAY:
                message = f"CloudWatch does not support a period of {period} seconds"
                hint = f"set {', '.join(map(str, _SHORT_PERIODS[2:]))} or a multiple of 60, up to {_DAY}"
                yield Finding((*path, "period"), message, hint)


def _check_tasks(value: JsonValue) -> Iterator[Finding]:
    for path, task in values_at(value, _TASKS):
        if value_at(task, ("eventType",)) is None:  # events in an export are not sent
            yield from _check_task(task, path)


def _check_task(task: JsonValue, path: Path) -> Iterator[Finding]:
    kind = value_at(task, ("taskType",))
    if kind is None:
        yield Finding(path, "'taskType' is missing", "for example scale, roll or backup_ami")
    if all(value_at(task, (key,)) is None for key in ("frequency", "cronExpression", "startTime")):
        hint = "for example cronExpression: 0 6 * * 1-5, or startTime to run once"
        yield Finding(path, "'frequency' or 'cronExpression' is missing", hint)
    for numbers, certain in ((_TASK_NUMBERS, True), (_UNSURE_NUMBERS, False)):
        wanted = numbers.get(str(kind), ())
        if wanted and all(value_at(task, (key,)) is None for key in wanted):
            names = join_choices([f"'{key}'" for key in wanted])
            hint = f"for example {wanted[0]}: {20 if 'ercentage' in wanted[0] else 1}"
            yield Finding(path, f"{names} is required for taskType {kind}", hint, certain=certain)
    for place, text in texts_at(task, ("cronExpression",)):
        if error := cron_error(text):
            message = f"{quote_value(text)} is not a cron expression: {error}"
            yield Finding((*path, *place), message, "for example 0 6 * * 1-5, in UTC")


RULES: tuple[Rule, ...] = (_check_effects, _check_actions, _check_periods, _check_tasks)
