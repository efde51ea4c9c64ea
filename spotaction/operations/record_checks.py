"""Checks the record in the input deployment, which may be forged, against groups, markers and inputs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from spotaction.model import marker, naming
from spotaction.model.deployment import Deployment, GroupRef, RoutePair, Status
from spotaction.model.errors import RefusedError
from spotaction.model.execution import Execution, StandaloneSpec
from spotaction.model.marker import State
from spotaction.model.resources import Group, GroupId, LoadBalancer, Route, RuleArn, arn_name


@dataclass(frozen=True)
class Owned:
    """What distinguishes the app's groups from others: names, markers, and `previous` from the user."""

    groups: Sequence[Group]
    previous: GroupId | None = None


def require_own_record(record: Deployment, owned: Owned) -> None:
    """Raise `RefusedError` for a record that names a group or route that does not belong to its app.

    A group that does not exist is harmless. A marker takes precedence over the record.
    """
    _refuse(record, next(_mismatches(record, owned), ""))


def require_confirmed_record(record: Deployment, owned: Owned, execution: Execution) -> None:
    """Raise `RefusedError` for a record that nothing else confirms, before anything is written.

    A rollback deletes the new group, so its marker must show that this action created it. The inputs decide which rules
    are production, whatever the record contains.
    """
    if record.changed_nothing or record.new is None:
        return
    new = _live_group(record.new, owned)
    if new is None and record.status is Status.ROLLED_BACK:
        return
    if new is not None and marker.read_marker(new.description) is None:
        raise _unmarked(record, new)
    _refuse(record, next(chain(_group_mismatches(record, new, owned), _rule_mismatches(record, execution)), ""))


def require_matching_marker(record: Deployment, group: Group) -> None:
    """Raise `RefusedError` if a record without a group does not match the marker of the group that was found for it."""
    _refuse(record, next(_marker_mismatches(record, group), ""))


def _refuse(record: Deployment, wrong: str) -> None:
    if wrong:
        raise RefusedError(
            f"The input deployment does not match {record.app}: {wrong}.",
            next_step="pass the unmodified output `deployment` of the intended run, with that run's inputs (such as "
            "elastigroup-id); or omit the input, so that the markers of the groups are used.",
        )


def _mismatches(record: Deployment, owned: Owned) -> Iterator[str]:
    new, old = _live_group(record.new, owned), _live_group(record.snapshot.old, owned)
    if new is not None and new == old:
        yield f"{new.name} ({new.id}) is both the old and the new group"
    if new is not None and not _may_be_new(new, old, record):
        yield f"{new.name} ({new.id}) is not named like this app"
    if old is not None and not _may_be_old(old, record, owned):
        yield f"{old.name} ({old.id}) is neither named like this app nor known to have been replaced by it"
    if new is not None and record.status is not Status.UNCHANGED:
        yield from _marker_mismatches(record, new)
    mine = {ref.id for ref in (record.new, record.snapshot.old) if ref is not None}
    yield from (f"{group} was not suspended by it" for group in record.suspended if group not in mine)
    for pair in record.snapshot.routes:
        yield from _pair_mismatches(pair, record, new, old)


def _live_group(ref: GroupRef | None, owned: Owned) -> Group | None:
    """Return the group of a record as it is now, or None if it does not exist."""
    return next((group for group in owned.groups if ref is not None and group.id == ref.id), None)


def _may_be_new(new: Group, old: Group | None, record: Deployment) -> bool:
    """By its name or, if it was renamed, by its marker, which shows that it replaced a group of this app."""
    if naming.is_app_group_name(record.app, new.name):
        return True
    mark = marker.read_marker(new.description)
    known = old is not None and naming.is_app_group_name(record.app, old.name)
    return known and mark is not None and mark.old is not None and old is not None and mark.old.id == old.id


def _may_be_old(old: Group, record: Deployment, owned: Owned) -> bool:
    """By its name, by the user's input, or by the marker of a group of this app that replaced it."""
    if naming.is_app_group_name(record.app, old.name) or old.id == owned.previous:
        return True
    mine = (group for group in owned.groups if naming.is_app_group_name(record.app, group.name))
    marks = (marker.read_marker(group.description) for group in mine)
    return any(mark is not None and mark.old is not None and mark.old.id == old.id for mark in marks)


def _marker_mismatches(record: Deployment, new: Group) -> Iterator[str]:
    """Describe how the marker of the new group differs from the record."""
    mark = marker.read_marker(new.description)
    if mark is None:
        return
    marked, recorded = mark.old, record.snapshot.old
    if (marked and (marked.id, marked.capacity)) != (recorded and (recorded.id, recorded.capacity)):
        yield f"the marker of {new.name} ({new.id}) has a different old group or capacity"
    if mark.capacity is not None and mark.capacity != record.capacity:
        yield f"the marker of {new.name} ({new.id}) has a different final capacity, {mark.capacity}"


def _pair_mismatches(pair: RoutePair, record: Deployment, new: Group | None, old: Group | None) -> Iterator[str]:
    named = {t.target_group for route in (pair.prod, pair.stage) if route is not None for t in route.forward.targets}
    if pair.prod.forward.serving_target_groups != (pair.blue,) or not named <= {pair.blue, pair.green}:
        yield f"{pair.prod.label} did not forward to {arn_name(pair.blue)} alone"
    if new is not None and pair.green not in new.target_groups:
        yield f"{new.name} ({new.id}) is not attached to {arn_name(pair.green)}"
    served = record.snapshot.old is not None and record.snapshot.old.capacity.target > 0
    if old is not None and served and pair.blue not in old.target_groups:
        yield f"{old.name} ({old.id}) is not attached to {arn_name(pair.blue)}"


def _unmarked(record: Deployment, new: Group) -> RefusedError:
    state = State.COMPLETED if record.status is Status.DEPLOYED else State.STOPPED
    return RefusedError(
        f"{new.name} ({new.id}) has no readable marker of this action, so it is not deleted by the input deployment "
        "alone.",
        next_step=f"if that run created it, add {marker.write_marker(record, state)} to its description, then run "
        "again; if not, revert that run's changes by hand.",
    )


def _group_mismatches(record: Deployment, new: Group | None, owned: Owned) -> Iterator[str]:
    pairs = record.snapshot.routes
    old = _live_group(record.snapshot.old, owned)
    if new is None:
        if record.snapshot.old is None:
            yield "its group no longer exists, and it names no group before that"
        for pair in pairs:
            if old is not None and pair.blue not in old.target_groups:
                yield f"{old.name} ({old.id}) is not attached to {arn_name(pair.blue)}"
    elif naming.version_number(record.app, new.name) is None and naming.is_app_group_name(record.app, new.name):
        if not pairs:
            yield f"{new.name} ({new.id}) is named as in a blue-green deployment, but it has no rules"
        for arn in new.target_groups:
            if all(arn != pair.green for pair in pairs):
                yield f"it does not mention {arn_name(arn)}, to which {new.name} ({new.id}) is attached"


def _rule_mismatches(record: Deployment, execution: Execution) -> Iterator[str]:
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
            yield f"no step of execution shifts {route.label}, which the record says was shifted"


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
