"""Who else serves in the target groups of a deployment: nothing is deployed beside a group that was to be replaced."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotaction.documents.accessors import as_items, as_plain_text, as_texts, value_at
from spotaction.engine.context import DeployContext
from spotaction.model import naming
from spotaction.model.deployment import RoutePair
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.resources import AppName, Group, JsonObject, TargetGroupArn, TargetState, arn_name

_AT_MOST = 5
_ALLOW = "if target groups are shared on purpose, set allow-shared-target-groups: true"


@dataclass(frozen=True)
class Site:
    """Where a deployment takes place: `groups` are the account's, `config` is the new one's.

    `old` runs, or is None; `chosen` tells that a person named it. `stale` groups leave the stage.
    """

    app: AppName
    groups: Sequence[Group]
    old: Group | None
    config: JsonObject
    pairs: Sequence[RoutePair] = ()
    stale: Sequence[Group] = ()
    blue_green: bool = False
    chosen: bool = False

    @property
    def entered(self) -> frozenset[str]:
        """The load balancing that the new group is going to be part of."""
        greens = frozenset(pair.green for pair in self.pairs)
        return greens if self.blue_green else attachments(self.config) | greens

    @property
    def left(self) -> frozenset[str]:
        """Where production is served now."""
        blues = frozenset(pair.blue for pair in self.pairs)
        return blues if self.blue_green else self.entered | blues

    def beside(self, where: frozenset[str]) -> list[Group]:
        """The groups that run there and are not replaced; what serves production is not stale, whatever its name.

        Only of these is the capacity asked for: a stranger's may be unreadable.
        """
        gone = {group.id for group in self.stale if not _shares(group, self.left)} | {self.old.id if self.old else None}
        found = [group for group in self.groups if _shares(group, where) or _named_alike(self, group)]
        return [group for group in found if group.id not in gone and group.capacity.target > 0]


def check_shared(site: Site, context: DeployContext) -> None:
    """Raise `RefusedError` where the new group would serve beside another that nobody said anything about.

    Costs a call for each target group where no old group runs, else none.
    """
    if site.old is not None:
        _check_beside_old(site, site.old, context)
        return
    found = site.beside(site.entered | site.left)
    if found:
        told = f"No group of {site.app} is known to serve by its name, but {_listed(found, site.entered | site.left)}."
        _refuse(told, f"{_choose(found)}; {_ALLOW}.", context)
    else:
        _check_strangers(site, context)


def attachments(config: JsonObject) -> frozenset[str]:
    """The target groups of a bare group by their ARNs, and its classic load balancers by `classic/<name>`."""
    launch = value_at(config, ("compute", "launchSpecification"))
    entries = as_items(value_at(launch, ("loadBalancersConfig", "loadBalancers")))
    arns = [as_plain_text(value_at(entry, ("arn",))) for entry in entries]
    names = [
        as_plain_text(value_at(entry, ("name",)))
        for entry in entries
        if as_plain_text(value_at(entry, ("type",))).upper() == "CLASSIC"
    ]
    names += as_texts(value_at(launch, ("loadBalancerNames",)))
    return frozenset([*filter(None, arns), *(f"classic/{name}" for name in names)])


def _check_beside_old(site: Site, old: Group, context: DeployContext) -> None:
    """Blue/green moves rules, so whoever shares a target group is affected; the others only go on beside the new group.

    Other versions of the app are scaled down by the deployment itself.
    """
    if site.blue_green:
        _check_moved(site, context)
        return
    shared = site.entered | _attached(old)
    versions = {group.id for group in naming.versioned_groups(site.app, site.groups)}
    found = [g for g in site.beside(shared) if g.id not in versions and (_shares(g, shared) or not shared)]
    alike = [group for group in found if _named_alike(site, group)]
    if alike and not site.chosen:
        told = f"{_listed(alike, shared)}, beside {old.name} ({old.id}): which one is to be replaced cannot be told."
        _refuse(told, f"{_choose([*alike, old])}; {_ALLOW}.", context)
    elif found:
        context.notify(WarningEvent(f"{_listed(found, shared)}, too, and stays there with the version that it has."))


def _check_moved(site: Site, context: DeployContext) -> None:
    lose = site.beside(site.left)
    get = [group for group in site.beside(site.entered) if group not in lose]
    if lose:
        told = f"{_listed(lose, site.left)}, too, and would lose production's requests."
        _refuse(told, f"attach it to a target group of its own; {_ALLOW}.", context)
    if get:
        told = f"{_listed(get, site.entered)}, where the new group is staged, and would get production's requests."
        _refuse(told, f"attach it to a target group of its own; {_ALLOW}.", context)


def _check_strangers(site: Site, context: DeployContext) -> None:
    """Targets that are healthy although no group of the account runs there."""
    arns = [TargetGroupArn(arn) for arn in sorted(site.entered | site.left) if not arn.startswith("classic/")]
    for arn in arns if context.routes is not None else ():
        healthy = [target.id for target in context.observe_targets(arn) if target.state is TargetState.HEALTHY]
        if healthy:
            ids = ", ".join(healthy[:_AT_MOST]) + (" …" if len(healthy) > _AT_MOST else "")
            told = f"{arn_name(arn)} has {len(healthy)} healthy targets that belong to no Elastigroup of this account"
            told = f"{told}: {ids}."
            _refuse(told, f"deregister them, or correct spot-account-id; {_ALLOW}.", context)


def _refuse(told: str, next_step: str, context: DeployContext) -> None:
    if not context.options.allow_shared_target_groups:
        raise RefusedError(told, next_step=next_step)
    context.notify(Note(told))


def _named_alike(site: Site, group: Group) -> bool:
    """Whether a group bears the app's own name: a basic deployment gives numbers, and a blue/green one does not."""
    return not site.blue_green and group.name in {site.app, naming.version_prefix(site.app)}


def _attached(group: Group) -> frozenset[str]:
    return attachments(group.config) | frozenset(group.target_groups)


def _shares(group: Group, where: frozenset[str]) -> bool:
    return bool(_attached(group) & where)


def _listed(groups: Sequence[Group], where: frozenset[str]) -> str:
    told = [f"{group.name} ({group.id}) runs{_in(group, where)}" for group in groups[:_AT_MOST]]
    return ", ".join(told) + (f" and {len(groups) - _AT_MOST} more" if len(groups) > _AT_MOST else "")


def _in(group: Group, where: frozenset[str]) -> str:
    names = sorted(arn_name(arn) if arn.startswith("arn:") else arn for arn in _attached(group) & where)
    return f" in {', '.join(names)}" if names else ""


def _choose(groups: Sequence[Group]) -> str:
    """How to say which group is to be replaced."""
    ids = " or ".join(group.id for group in groups[:_AT_MOST])
    return f"say which group is to be replaced with previous-elastigroup-id: {ids}"
