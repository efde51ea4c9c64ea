"""What must confirm a record before a rollback acts on it: markers, groups, and the rules in the inputs."""

from collections.abc import Iterator
from itertools import chain

from spotaction.model import marker, naming
from spotaction.model.deployment import Deployment, Status
from spotaction.model.errors import RefusedError
from spotaction.model.execution import Execution, StandaloneSpec
from spotaction.model.marker import State
from spotaction.model.resources import Group, LoadBalancer, Route, RuleArn, arn_name
from spotaction.operations.record_ownership import Owned, live_group, marker_mismatches

_NOTHING_DONE = frozenset({Status.UNCHANGED, Status.PLANNED})


def check_agreement(record: Deployment, owned: Owned, execution: Execution) -> None:
    """Raise `RefusedError` for a record that nothing else confirms, before anything is written.

    A rollback deletes the new group, so its marker must show that this action created it. The inputs decide which rules
    are production, whatever the record contains.
    """
    if record.status in _NOTHING_DONE or record.new is None:
        return
    new = live_group(record.new, owned)
    if new is None and record.status is Status.ROLLED_BACK:
        return
    if new is not None and marker.read_marker(new.description) is None:
        raise _unmarked(record, new)
    _refuse(record, next(chain(_groups(record, new, owned), _rules(record, execution)), ""))


def check_found(record: Deployment, group: Group) -> None:
    """Raise `RefusedError` if a record without a group does not match the marker of the group that was found for it."""
    _refuse(record, next(marker_mismatches(record, group), ""))


def _unmarked(record: Deployment, new: Group) -> RefusedError:
    state = State.COMPLETED if record.status is Status.DEPLOYED else State.STOPPED
    return RefusedError(
        f"{new.name} ({new.id}) has no readable marker of this action, so it is not deleted by the input deployment "
        "alone.",
        next_step=f"if that run created it, add {marker.write_marker(record, state)} to its description, then run "
        "again; if not, revert that run's changes by hand.",
    )


def _refuse(record: Deployment, wrong: str) -> None:
    if wrong:
        raise RefusedError(
            f"The input deployment does not fit {record.app}: {wrong}.",
            next_step="pass the unmodified output `deployment` of the intended run, with that run's inputs; or omit "
            "the input, so that the markers of the groups are used.",
        )


def _groups(record: Deployment, new: Group | None, owned: Owned) -> Iterator[str]:
    pairs = record.snapshot.routes
    old = live_group(record.snapshot.old, owned)
    if new is None:
        if record.snapshot.old is None:
            yield "its group no longer exists, and it names no group before that"
        for pair in pairs:
            if old is not None and pair.blue not in old.target_groups:
                yield f"{old.name} ({old.id}) is not attached to {arn_name(pair.blue)}"
    elif naming.version_number(record.app, new.name) is None and naming.is_app_group_name(
        record.app, new.name, owned.suffix
    ):
        if not pairs:
            yield f"{new.name} ({new.id}) is named as in a blue/green deployment, but it has no rules"
        for arn in new.target_groups:
            if all(arn != pair.green for pair in pairs):
                yield f"it does not mention {arn_name(arn)}, to which {new.name} ({new.id}) is attached"


def _rules(record: Deployment, execution: Execution) -> Iterator[str]:
    balancers, pairs = execution.setup.load_balancers, record.snapshot.routes
    for balancer in balancers:
        if not any(_is_production(balancer, pair.prod) for pair in pairs):
            yield f"it does not mention the rule of {balancer.name}:{balancer.prod_port} that load-balancers names"
    for pair in pairs:
        named = [balancer for balancer in balancers if _is_production(balancer, pair.prod)]
        if not named:
            yield f"load-balancers does not name {pair.prod.label}, which the record says is production"
        elif pair.stage is not None and not any(_is_stage(balancer, pair.stage) for balancer in named):
            yield f"load-balancers does not name {pair.stage.label} as the stage of {pair.prod.label}"
    shifted = {s.shift.rule.casefold() for s in execution.steps if isinstance(s, StandaloneSpec)}
    for route in record.standalone_routes:
        if route.rule.casefold() not in shifted:
            yield f"standalone-shift does not name {route.label}, which the record says was shifted"


def _is_production(balancer: LoadBalancer, route: Route) -> bool:
    return (balancer.name, balancer.prod_port) == (route.load_balancer, route.port) and _is_rule(
        balancer.prod_rule, route
    )


def _is_stage(balancer: LoadBalancer, route: Route) -> bool:
    return (balancer.name, balancer.stage_port) == (route.load_balancer, route.port) and _is_rule(
        balancer.stage_rule, route
    )


def _is_rule(rule: RuleArn | None, route: Route) -> bool:
    return route.is_default if rule is None else rule.casefold() == route.rule.casefold()
