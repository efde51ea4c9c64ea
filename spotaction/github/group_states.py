"""The old and the new group as they are now: as the record has them, and as the events of this run changed them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from spotaction.github.history import Stamped
from spotaction.github.report import RunReport
from spotaction.model.deployment import Deployment, GroupRef, ObservedRoute, Status
from spotaction.model.events import GroupCreated, GroupDeleted, GroupScaled, GroupUpdated
from spotaction.model.observations import HealthSample
from spotaction.model.resources import Capacity, GroupId, RuleArn

OLD, NEW = "old", "new"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class GroupState:
    """A group: its `role` (old or new), its AMI, and what this run last wrote and read of it.

    `share` is its share of production's requests, as `90%`: empty without rules, `unknown` if a rule cannot be read.
    `capacity` is None if this run has neither read nor written it. `deleted` is when this run deleted the group
    (seconds since its start), None while it exists. `latest` is its last health sample and `least` the one with the
    most instances missing since the group was steady; None if there is none.
    """

    role: str
    id: GroupId
    name: str
    image: str
    image_name: str
    capacity: Capacity | None
    share: str = ""
    deleted: float | None = None
    latest: HealthSample | None = None
    least: HealthSample | None = None

    @property
    def serves(self) -> bool:
        """Whether production's rules lead to it; without rules, whether it is to have instances."""
        has_instances = self.capacity is not None and self.capacity.target > 0
        return self.deleted is None and (has_instances if not self.share else self.share not in {"0%", UNKNOWN})


def find_groups(report: RunReport) -> tuple[GroupState, ...]:
    """Return the new group and the old one, as far as there are any; a plan changes neither."""
    deployment = report.deployment
    if deployment is None:
        return ()
    events = () if report.status is Status.PLANNED else report.events
    return tuple(_with_health(_replay(state, events), report) for state in _recorded_groups(deployment, report))


def least_healthy(samples: Sequence[HealthSample]) -> HealthSample | None:
    """Return the sample with the most instances missing since the group was steady; None if it never was.

    While a group launches it is short of instances by nature. Each phase requires more: what counts as steady rises.
    If none was ever missing it is the one with the fewest to spare, and of equal ones the last: while old instances
    drain, less is required of the new ones.
    """
    found: HealthSample | None = None
    steady = 0
    for sample in samples:
        if sample.healthy >= sample.required:
            steady = max(steady, sample.required)
        if sample.required > steady:
            continue
        if found is None or sample.spare < found.spare or (sample.spare == found.spare and sample.short == 0):
            found = sample
    return found


def _recorded_groups(deployment: Deployment, report: RunReport) -> Iterator[GroupState]:
    old, new, image = deployment.snapshot.old, deployment.new, deployment.image
    if new is not None and report.status is not Status.PLANNED:
        shares = _share_text(deployment, observed=deployment.observed_routes, green=True)
        yield GroupState(NEW, new.id, new.name, image.id, image.name, _capacity_of_new(new, report), shares)
    if old is not None:
        known = report.operation in {"deploy", "plan"} or report.status is Status.ROLLED_BACK
        observed = {} if report.status is Status.PLANNED else deployment.observed_routes
        capacity = old.capacity if known else None
        shares = _share_text(deployment, observed=observed, green=False)
        yield GroupState(OLD, old.id, old.name, old.image or report.previous_image, "", capacity, shares)


def _capacity_of_new(new: GroupRef, report: RunReport) -> Capacity | None:
    if any(isinstance(entry.event, GroupCreated) and entry.event.group == new.id for entry in report.events):
        return Capacity.fixed(0)
    finished = report.status in {Status.DEPLOYED, Status.UNCHANGED}
    return report.deployment.capacity if finished and report.deployment is not None else None


def _share_text(deployment: Deployment, *, observed: Mapping[RuleArn, ObservedRoute], green: bool) -> str:
    """The share of a group on each production rule, once if all are the same."""
    shares = set()
    for pair in deployment.snapshot.routes:
        found = observed.get(pair.prod.rule)
        forward = pair.prod.forward if found is None else found.forward
        if forward is None:
            return UNKNOWN
        shares.add(forward.share_of(pair.green if green else pair.blue))
    if len(shares) > 1:
        return f"{min(shares):.0%} to {max(shares):.0%}"
    return f"{shares.pop():.0%}" if shares else ""


def _replay(state: GroupState, events: Sequence[Stamped]) -> GroupState:
    for entry in events:
        match entry.event:
            case GroupScaled(group, name, _, after) if group == state.id:
                state = replace(state, name=name, capacity=after)
            case GroupUpdated(group, name) if group == state.id:
                state = replace(state, name=name)
            case GroupDeleted(group) if group == state.id:
                state = replace(state, deleted=entry.at)
            case _:
                continue
    return state


def _with_health(state: GroupState, report: RunReport) -> GroupState:
    samples = report.observations.samples.get(state.id, ())
    if not samples:
        return state
    latest = max(samples, key=lambda sample: sample.until)
    return replace(state, latest=latest, least=least_healthy(samples))
