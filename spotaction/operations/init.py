"""The operation init: drafts the documents and a workflow from a live group and its load balancers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from spotaction.documents.accessors import value_at
from spotaction.documents.elastigroup.comparison import region_of_group
from spotaction.documents.elastigroup.stateful import check_stateful
from spotaction.drafts.assembly import Draft, DraftSource, comparison, drafted_texts, next_step, what_to_look_at
from spotaction.drafts.check import check_draft
from spotaction.drafts.config import draft_config
from spotaction.drafts.files import check_free, folder_in, write_new
from spotaction.drafts.image_names import pattern_of
from spotaction.drafts.naming import AppNames, names_of
from spotaction.drafts.routing import Surroundings, choose_strategy
from spotaction.engine import marked_groups
from spotaction.model import marker, naming
from spotaction.model.errors import ApiError, ConflictError, CredentialError, RefusedError
from spotaction.model.ports import ElastigroupApi, ImageApi, ImageQuery, LoadBalancerApi
from spotaction.model.resources import Group, GroupId, Image, Route

_LISTED = 20  # groups in a message
_PUBLIC = (("is-public", ("true",)),)
_INTEGRATIONS = ("elasticBeanstalk", "opsWorks", "codeDeploy")


@dataclass(frozen=True)
class InitRequest:
    """What to draft from, and where to: `out` is a folder in the `workspace`. `spot_account` may be empty."""

    group: GroupId | None
    out: str
    workspace: Path
    spot_account: str = ""


@dataclass(frozen=True)
class LiveClouds:
    """What init reads from; `account` is the AWS account of the credentials."""

    groups: ElastigroupApi
    images: ImageApi
    routes: LoadBalancerApi
    region: str
    account: str


def init(request: InitRequest, live: LiveClouds) -> Draft:
    """Write the drafts, and return them. Nothing is written to the clouds.

    Raises `RefusedError` for a group that this action cannot deploy, and for files that exist with other content.
    """
    folder = folder_in(request.out, request.workspace)
    listed = live.groups.all()
    group = find_group(listed, live.groups, request.group)
    check_stateful(group)
    _check_account(group, live)
    names = _with_unique_name(group, names_of(group), listed)
    _require_none_open(group, names, listed)
    _require_newest(group, names, listed)
    image, alike = _running_image(group, live)
    around = _surroundings(group, listed, live)
    choice = choose_strategy(group, around, numbered=names.numbered)
    source = DraftSource(
        group=group,
        names=names,
        choice=choice,
        image=image,
        config=draft_config(group, str(names.app)),
        folder=folder,
        region=live.region,
        owner=image.owner if image.owner != live.account else "",
        public=bool(alike.filters),
        spot_account=request.spot_account,
    )
    texts = drafted_texts(source)
    check_free(texts, request.workspace)
    texts, unlike = check_draft(texts, folder, image, group)
    notes = (*_newest_image(image, alike, live), *what_to_look_at(source), *unlike)
    written = write_new(texts, request.workspace)
    return Draft(names, choice, texts, written, notes, next_step(source), comparison(source))


def find_group(listed: Sequence[Group], groups: ElastigroupApi, wanted: GroupId | None) -> Group:
    """Return the group of that id. Raises `RefusedError`, which lists the running groups, if there is none."""
    found = next((group for group in listed if group.id == wanted), None) if wanted else None
    if found is None and wanted:
        found = groups.get(wanted)
    if found is not None:
        return found
    running = [group for group in listed if _runs(group)]
    names = ", ".join(f"{group.name} ({group.id})" for group in running[:_LISTED])
    more = f" and {len(running) - _LISTED} more" if len(running) > _LISTED else ""
    what = f"{wanted} is not an Elastigroup of this account." if wanted else "elastigroup-id is missing."
    raise RefusedError(
        f"{what} Groups that run: {names or 'none'}{more}.",
        next_step="set elastigroup-id to the group to start from, or spot-account-id if it is in another account.",
    )


def region_to_ask(groups: ElastigroupApi, wanted: GroupId | None, default: str) -> str:
    """Return the region of the group, or `default` if neither the group nor its zones name one.

    Raises `RefusedError` like `find_group`, before anybody has to know a region or have AWS credentials.
    """
    group = (groups.get(wanted) if wanted else None) or find_group(groups.all(), groups, wanted)
    return region_of_group(group.config) or default


def _check_account(group: Group, live: LiveClouds) -> None:
    """The credentials must be of the account that the group's target groups are in."""
    others = sorted({arn.split(":")[4] for arn in group.target_groups} - {live.account})
    if others:
        raise RefusedError(
            f"The target groups of {group.name} ({group.id}) are in the AWS account {', '.join(others)}, but the "
            f"credentials are of {live.account}.",
            next_step="set role-to-assume to a role in that account.",
        )
    found = [key for key in _INTEGRATIONS if value_at(group.config, ("thirdPartiesIntegration", key))]
    if found:
        raise RefusedError(
            f"{group.name} ({group.id}) is managed by {', '.join(found)} (thirdPartiesIntegration), which replaces its "
            "instances itself.",
            next_step="deploy it there, or remove the integration from the group.",
        )


def _require_none_open(group: Group, names: AppNames, listed: Sequence[Group]) -> None:
    """Raise `ConflictError` while a deployment of the app, or one that replaces the group, has not finished."""
    for other in listed:
        mark = marker.read_marker(other.description)
        if mark is None or not mark.is_open:
            continue
        if marked_groups.is_group_of(other, names.app) or (mark.old is not None and mark.old.id == group.id):
            raise ConflictError(
                f"A deployment has not finished (group {other.name}, {other.id}), so what {group.name} is now, such as "
                "its capacity, is only half-way.",
                next_step="finish it (operation: continue) or revert it (operation: rollback), then run again.",
            )


def _require_newest(group: Group, names: AppNames, listed: Sequence[Group]) -> None:
    """Raise `RefusedError` if a later version of the app runs: that one serves."""
    number = naming.version_number(names.app, group.name)
    if number is None and _runs(group):
        return  # a group without a number may be another app
    for other in naming.versioned_groups(names.app, marked_groups.without_other_apps(listed, names.app)):
        later = naming.version_number(names.app, other.name) or 0
        if later > (number or 0) and _runs(other):
            raise RefusedError(
                f"{other.name} ({other.id}) is a later version of {group.name} ({group.id}), and runs.",
                next_step=f"set elastigroup-id to {other.id}.",
            )


def _with_unique_name(group: Group, names: AppNames, listed: Sequence[Group]) -> AppNames:
    """The names, without the promise that the group is found by them if another has its name."""
    alike = [other for other in listed if other.name == group.name and other.id != group.id]
    return replace(names, named=False) if alike else names


def _running_image(group: Group, live: LiveClouds) -> tuple[Image, ImageQuery]:
    """The image of the group, and how others like it are found; without a name if it cannot be found any more."""
    if group.image_id is None:
        raise RefusedError(
            f"{group.name} ({group.id}) has no image, so it cannot launch instances.",
            next_step="set its image in Spot.",
        )
    for filters in ((), _PUBLIC):
        query = ImageQuery(region=live.region, image_id=group.image_id, owners=(), filters=filters)
        try:
            image = live.images.find(query)
        except CredentialError:
            raise
        except RefusedError:
            continue
        return image, replace(query, image_id=None, owners=(image.owner or "self",))
    return Image(group.image_id, ""), ImageQuery(region=live.region)


def _surroundings(group: Group, listed: Sequence[Group], live: LiveClouds) -> Surroundings:
    if not group.target_groups:
        return Surroundings()
    rules = live.routes.forwarding_to(group.target_groups)
    others = {route.rule: route for route in _other_rules(rules, live)}
    candidates = {t.target_group for route in (*rules, *others.values()) for t in route.forward.targets}
    candidates -= set(group.target_groups)
    elsewhere = {arn for each in listed if each.id != group.id for arn in each.target_groups if _runs(each)}
    taken = {arn for arn in candidates if arn in elsewhere or live.routes.targets(arn)}
    return Surroundings(rules, tuple(others.values()), frozenset(taken | set(group.target_groups)))


def _runs(group: Group) -> bool:
    """Whether a group runs; one of another team whose capacity cannot be read counts as running."""
    try:
        return group.capacity.target > 0
    except ApiError:
        return True


def _other_rules(rules: Sequence[Route], live: LiveClouds) -> Iterator[Route]:
    seen: set[str] = set()
    for route in rules:
        if route.listener not in seen:
            seen.add(route.listener)
            found = live.routes.find(route.load_balancer, route.port, None if route.is_default else route.rule)
            yield from live.routes.other_rules(found)


def _newest_image(image: Image, alike: ImageQuery, live: LiveClouds) -> Iterator[str]:
    """The newest image that the pattern finds, so that a person sees at once whether it is the right one."""
    pattern = pattern_of(image.name)
    if not pattern:
        return
    newest = live.images.find(replace(alike, pattern=pattern))
    if newest.id == image.id:
        yield f"versionRegex finds {newest.name} ({newest.id}), which runs already."
    else:
        yield f"versionRegex finds {newest.name} ({newest.id}); {image.name} runs."
