"""Other groups in a deployment's target groups, so that nothing is deployed beside a group that it should replace."""

from collections.abc import Sequence
from dataclasses import dataclass

from spotaction.documents.accessors import as_items, as_plain_text, as_texts, value_at
from spotaction.documents.wording import count_of
from spotaction.engine import marked_groups
from spotaction.engine.context import DeployContext
from spotaction.model import naming
from spotaction.model.deployment import RoutePair
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.resources import AppName, Group, JsonObject, TargetGroupArn, TargetState, arn_name

_AT_MOST = 5
_ALLOW = "if target groups are shared on purpose, set allow: shared-target-groups"


@dataclass(frozen=True)
class Site:
    """Where a deployment takes place: `groups` are all of the account, `config` is the new group's.

    `old` is running, or None; `chosen` means that the user named it. `stale` groups will be removed from the stage.
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
        """The target groups and classic load balancers that the new group will be attached to."""
        greens = frozenset(pair.green for pair in self.pairs)
        return greens if self.blue_green else attachments(self.config) | greens

    @property
    def left(self) -> frozenset[str]:
        """The target groups and classic load balancers that serve production now."""
        blues = frozenset(pair.blue for pair in self.pairs)
        return blues if self.blue_green else self.entered | blues

    def others_in(self, where: frozenset[str]) -> list[Group]:
        """Return the groups that run there and are not replaced; one that serves production is never stale.

        Only their capacity is read: another group's may be unreadable.
        """
        replaced = {group.id for group in self.stale if not _shares(group, self.left)}
        replaced |= {self.old.id} if self.old else set()
        found = [group for group in self.groups if _shares(group, where) or _named_alike(self, group)]
        return [group for group in found if group.id not in replaced and group.capacity.target > 0]


def check_shared(site: Site, context: DeployContext) -> None:
    """Raise `RefusedError` if the new group would serve beside another group that the user has not named.

    Makes a call for each target group if no old group is running, otherwise none.
    """
    if site.old is not None:
        _check_with_old(site, site.old, context)
        return
    found = site.others_in(site.entered | site.left)
    if found:
        listed = _listed(found, site.entered | site.left)
        _refuse(
            f"The group names do not show which one serves {site.app}: {_names_of(site)}, but {listed}.",
            f"{_choose(found)}; {_ALLOW}.",
            context,
        )
    else:
        _check_unknown_targets(site, context)


def attachments(config: JsonObject) -> frozenset[str]:
    """Return a group body's target groups by ARN, and its classic load balancers as `classic/<name>`."""
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


def _check_with_old(site: Site, old: Group, context: DeployContext) -> None:
    """Blue/green moves rules, which affects other groups in the target groups; other strategies leave these serving.

    The deployment itself scales other versions of the app down.
    """
    if site.blue_green:
        _check_moved(site, context)
        return
    shared = site.entered | _attached(old)
    versions = {group.id for group in naming.versioned_groups(site.app, site.groups)}
    found = [g for g in site.others_in(shared) if g.id not in versions and (_shares(g, shared) or not shared)]
    alike = [group for group in found if _named_alike(site, group)]
    if alike and not site.chosen:
        message = f"{_listed(alike, shared)}, as does {old.name} ({old.id}): it is unclear which one to replace."
        _refuse(message, f"{_choose([*alike, old])}; {_ALLOW}.", context)
    elif found:
        context.notify(WarningEvent(f"{_listed(found, shared)} as well, and keeps its current version."))


def _check_moved(site: Site, context: DeployContext) -> None:
    lose = site.others_in(site.left)
    get = [group for group in site.others_in(site.entered) if group not in lose]
    if lose:
        message = f"{_listed(lose, site.left)} as well, and would lose production's requests."
        _refuse(message, _clear(lose, site), context)
    if get:
        message = f"{_listed(get, site.entered)}, where the new group is staged, and would get production's requests."
        _refuse(message, _clear(get, site), context)


def _clear(groups: Sequence[Group], site: Site) -> str:
    """How to keep groups out of the way; one with a name of the app may be what an earlier deployment left behind."""
    left = [group for group in groups if marked_groups.is_group_of(group, site.app)]
    names = ", ".join(f"{group.name} ({group.id})" for group in left)
    mine = f"if a deployment of {site.app} left {names} behind, delete that; otherwise " if left else ""
    return f"{mine}attach it to a target group of its own; {_ALLOW}."


def _check_unknown_targets(site: Site, context: DeployContext) -> None:
    """Refuse healthy targets in a target group where no group of the account runs, not even one on the stage."""
    staged = {arn for group in site.stale if group.capacity.target > 0 for arn in group.target_groups}
    entered = site.entered - staged
    arns = [TargetGroupArn(arn) for arn in sorted(entered | site.left) if not arn.startswith("classic/")]
    for arn in arns if context.routes is not None else ():
        healthy = [target.id for target in context.observe_targets(arn) if target.state is TargetState.HEALTHY]
        if healthy:
            ids = ", ".join(healthy[:_AT_MOST]) + (" …" if len(healthy) > _AT_MOST else "")
            found = count_of(len(healthy), "healthy target")
            what = f"{arn_name(arn)} has {found} from outside the Elastigroups of this account"
            _refuse(f"{what}: {ids}.", f"deregister them, or correct spot-account-id; {_ALLOW}.", context)


def _refuse(message: str, next_step: str, context: DeployContext) -> None:
    if not context.options.allow_shared_target_groups:
        raise RefusedError(message, next_step=next_step)
    context.notify(Note(message))


def _names_of(site: Site) -> str:
    if site.blue_green:
        return f"its group is named {site.app}"
    prefix = naming.version_prefix(site.app)
    return f"its groups are named {prefix}__1, {prefix}__2 …"


def _named_alike(site: Site, group: Group) -> bool:
    """Whether a group has the app's plain name: a basic deployment adds numbers, a blue-green one does not."""
    return not site.blue_green and group.name in {site.app, naming.version_prefix(site.app)}


def _attached(group: Group) -> frozenset[str]:
    return attachments(group.config) | frozenset(group.target_groups)


def _shares(group: Group, where: frozenset[str]) -> bool:
    return bool(_attached(group) & where)


def _listed(groups: Sequence[Group], where: frozenset[str]) -> str:
    named = [f"{group.name} ({group.id}) runs{_in(group, where)}" for group in groups[:_AT_MOST]]
    return ", ".join(named) + (f" and {len(groups) - _AT_MOST} more" if len(groups) > _AT_MOST else "")


def _in(group: Group, where: frozenset[str]) -> str:
    names = sorted(arn_name(arn) if arn.startswith("arn:") else arn for arn in _attached(group) & where)
    return f" in {', '.join(names)}" if names else ""


def _choose(groups: Sequence[Group]) -> str:
    """How to name the group to replace."""
    ids = " or ".join(group.id for group in groups[:_AT_MOST])
    return f"to replace a group, set elastigroup-id: {ids}"
