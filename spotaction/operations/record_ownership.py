"""Whether the record in the input deployment, which may be forged, names only this app's own groups and routes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spotaction.model import marker, naming
from spotaction.model.deployment import Deployment, GroupRef, RoutePair, Status
from spotaction.model.errors import RefusedError
from spotaction.model.resources import Group, GroupId, arn_name


@dataclass(frozen=True)
class Owned:
    """What distinguishes the app's groups from others: names, markers, and `previous` from the user."""

    groups: Sequence[Group]
    suffix: str
    previous: GroupId | None = None


def require_own_record(record: Deployment, owned: Owned) -> None:
    """Raise `RefusedError` for a record that names a group or route that does not belong to its app.

    A group that does not exist is harmless. A marker takes precedence over the record.
    """
    wrong = next(_mismatches(record, owned), "")
    if wrong:
        raise RefusedError(
            f"The input deployment does not fit {record.app}: {wrong}.",
            next_step="pass the unmodified output `deployment` of the intended run, with the same stage-suffix and "
            "previous-elastigroup-id; or omit the input, so that the markers of the groups are used.",
        )


def _mismatches(record: Deployment, owned: Owned) -> Iterator[str]:
    new, old = live_group(record.new, owned), live_group(record.snapshot.old, owned)
    if new is not None and not _may_be_new(new, old, record, owned):
        yield f"{new.name} ({new.id}) is not named like this app"
    if old is not None and not _may_be_old(old, record, owned):
        yield f"{old.name} ({old.id}) is neither named like this app nor known to have been replaced by it"
    if new is not None and record.status is not Status.UNCHANGED:
        yield from marker_mismatches(record, new)
    mine = {ref.id for ref in (record.new, record.snapshot.old) if ref is not None}
    yield from (f"{group} was not suspended by it" for group in record.suspended if group not in mine)
    for pair in record.snapshot.routes:
        yield from _against_groups(pair, record, new, old)


def live_group(ref: GroupRef | None, owned: Owned) -> Group | None:
    """Return the group of a record as it is now, or None if it does not exist."""
    return next((group for group in owned.groups if ref is not None and group.id == ref.id), None)


def _may_be_new(new: Group, old: Group | None, record: Deployment, owned: Owned) -> bool:
    """By its name or, if it was renamed, by its marker, which shows that it replaced a group of this app."""
    if naming.is_app_group_name(record.app, new.name, owned.suffix):
        return True
    mark = marker.read_marker(new.description)
    known = old is not None and naming.is_app_group_name(record.app, old.name, owned.suffix)
    return known and mark is not None and mark.old is not None and old is not None and mark.old.id == old.id


def _may_be_old(old: Group, record: Deployment, owned: Owned) -> bool:
    """By its name, by the user's input, or by the marker of a group of this app that replaced it."""
    if naming.is_app_group_name(record.app, old.name, owned.suffix) or old.id == owned.previous:
        return True
    mine = (group for group in owned.groups if naming.is_app_group_name(record.app, group.name, owned.suffix))
    marks = (marker.read_marker(group.description) for group in mine)
    return any(mark is not None and mark.old is not None and mark.old.id == old.id for mark in marks)


def marker_mismatches(record: Deployment, new: Group) -> Iterator[str]:
    """Describe how the marker of the new group differs from the record."""
    mark = marker.read_marker(new.description)
    if mark is None:
        return
    marked, recorded = mark.old, record.snapshot.old
    if (marked and (marked.id, marked.capacity)) != (recorded and (recorded.id, recorded.capacity)):
        yield f"the marker of {new.name} ({new.id}) has a different old group or capacity"
    if mark.capacity is not None and mark.capacity != record.capacity:
        yield f"the marker of {new.name} ({new.id}) has a different final capacity, {mark.capacity}"


def _against_groups(pair: RoutePair, record: Deployment, new: Group | None, old: Group | None) -> Iterator[str]:
    named = {t.target_group for route in (pair.prod, pair.stage) if route is not None for t in route.forward.targets}
    if pair.prod.forward.serving_target_groups != (pair.blue,) or not named <= {pair.blue, pair.green}:
        yield f"{pair.prod.label} did not forward to {arn_name(pair.blue)} alone"
    if new is not None and pair.green not in new.target_groups:
        yield f"{new.name} ({new.id}) is not attached to {arn_name(pair.green)}"
    served = record.snapshot.old is not None and record.snapshot.old.capacity.target > 0
    if old is not None and served and pair.blue not in old.target_groups:
        yield f"{old.name} ({old.id}) is not attached to {arn_name(pair.blue)}"
