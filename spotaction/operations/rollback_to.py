"""Deploys a version again whose group is still there: its image, start-up script and configuration, as a deployment."""

from collections.abc import Sequence
from dataclasses import replace

from spotaction.documents.accessors import as_mapping, value_at
from spotaction.documents.elastigroup.comparison import region_of_group
from spotaction.drafts.config import without_filled_in
from spotaction.engine.context import DeployContext
from spotaction.model.deployment import Deployment, GroupRef, Status
from spotaction.model.errors import RefusedError
from spotaction.model.events import Note, WarningEvent
from spotaction.model.marker import strip_marker
from spotaction.model.resources import ZERO, Capacity, Group, Image, JsonObject, JsonValue
from spotaction.operations.deploy import deploy
from spotaction.operations.discovery import find_serving_group
from spotaction.operations.lock import acquire
from spotaction.operations.plan import Plan, plan_deployment
from spotaction.operations.request import DeployRequest, epoch_now, require_confirmed
from spotaction.operations.versions import ImageSource, Version, list_versions

_AT_MOST = 10
_LAUNCH = ("compute", "launchSpecification")


def deploy_version(request: DeployRequest, wanted: str, source: ImageSource, context: DeployContext) -> Deployment:
    """Deploy the version `wanted` again, a group's name or id or an AMI's, and return the record.

    Its status is `unchanged` if it serves. Raises `RefusedError` for a version that is gone, which names those that are
    there, and what `deploy` raises.
    """
    version, serves = find_version(request, wanted, source, context)
    return _unchanged(version, request, context) if serves else deploy(_aimed_at(version, request, context), context)


def plan_version(request: DeployRequest, wanted: str, source: ImageSource, context: DeployContext) -> Plan:
    """Return the plan of deploying the version again. Raises like `deploy_version`; nothing is written."""
    version, serves = find_version(replace(request, conflict_timeout=0.0), wanted, source, context)
    if serves:
        return Plan(_unchanged(version, request, context))
    return plan_deployment(_aimed_at(version, request, context), context)


def find_version(
    request: DeployRequest, wanted: str, source: ImageSource, context: DeployContext
) -> tuple[Version, bool]:
    """Return the version that is meant, and whether it serves: that one first, else the youngest.

    Groups of other apps do not count, whatever their names; nor does one whose deployment did not finish. Raises
    `RefusedError`, and `ConflictError` if a deployment of the app is open.
    """
    groups = acquire(request, context)
    known = list_versions(groups, app=request.app, now=epoch_now(context), source=source)
    usable = [version for version in known if version.is_finished and version.group.image_id is not None]
    named = [version for version in usable if wanted in {version.group.name, version.group.id}]
    found = named or [version for version in usable if wanted in _names_of_image(version)]
    if not found:
        raise RefusedError(f"No version {wanted} of {request.app} exists.", next_step=_choices(usable))
    serving = find_serving_group(
        groups, app=request.app, blue_green=request.execution.blue_green, previous=request.previous
    )
    runs = serving is not None and serving.capacity.target > 0
    version = next((each for each in found if runs and serving and each.group.id == serving.id), found[0])
    if runs and serving is not None and version.group.id == serving.id:
        return version, True
    require_confirmed(request, serving)
    region = region_of_group(version.group.config)
    if region and region != source.region:
        raise RefusedError(
            f"{version.group.name} ({version.group.id}) is in {region}, but the AWS region is {source.region}.",
            next_step=f"set aws-region to {region}.",
        )
    if version.is_gone:
        raise RefusedError(
            f"{version.group.name} ({version.group.id}) was deployed from {version.group.image_id}, "
            "which no longer exists or is not shared with this account.",
            next_step=_choices([each for each in usable if each is not version]),
        )
    return version, False


def _names_of_image(version: Version) -> set[str]:
    return {str(version.group.image_id), *([version.image.name] if version.image and version.image.name else [])}


def _choices(versions: Sequence[Version]) -> str:
    """The way out: the versions that can be deployed, or another kind of deployment."""
    left = [version for version in versions if not version.is_gone]
    if not left:
        return "no version is left to go back to; deploy an image, for example with ami-id."
    listed = "; ".join(
        f"{version.group.name} ({version.image_label}, {version.when}{', runs' if version.runs else ''})"
        for version in left[:_AT_MOST]
    )
    more = f" and {len(left) - _AT_MOST} more" if len(left) > _AT_MOST else ""
    return f"choose one of these: {listed}{more}; or deploy the image itself, with ami-id."


def _aimed_at(version: Version, request: DeployRequest, context: DeployContext) -> DeployRequest:
    """The request for the version's image and configuration; the group is read again, since a list may be older."""
    group = context.groups.get(version.group.id)
    if group is None:
        raise RefusedError(
            f"{version.group.name} ({version.group.id}) was deleted in the meantime.",
            next_step="run operation: history to see which versions are there.",
        )
    if not as_mapping(value_at(group.config, _LAUNCH)):
        raise RefusedError(
            f"Spot returned {group.name} ({group.id}) without its launch specification: it cannot be deployed again.",
            next_step="run again; if the error persists, check the group in the Spot console.",
        )
    assert version.group.image_id is not None
    image = version.image or Image(version.group.image_id, "")
    _announce(version, image, request, context)
    body = body_of(group)
    return replace(
        request,
        image=image,
        configure=lambda found: _with_image(body, found),
        config_capacity=_capacity_of(version),
    )


def body_of(group: Group) -> JsonObject:
    """Return the configuration of a live group to create another one from: without ids, dates, nulls and marker."""
    body = dict(as_mapping(without_filled_in(group.config)))
    for key in ("id", "createdAt", "updatedAt", "description"):
        body.pop(key, None)
    own = strip_marker(group.description)
    return {**body, **({"description": own} if own else {})}


def _with_image(body: JsonObject, image: Image) -> JsonObject:
    compute = as_mapping(body.get("compute"))
    launch: dict[str, JsonValue] = {
        key: value for key, value in as_mapping(compute.get("launchSpecification")).items() if key != "images"
    }
    return {**body, "compute": {**compute, "launchSpecification": {**launch, "imageId": image.id}}}


def _capacity_of(version: Version) -> Capacity:
    """The capacity that its deployment ended with, for when nothing runs; a marker is only text, so it is checked."""
    found = version.mark.capacity if version.mark else None
    if found is None or not 0 <= found.minimum <= found.target <= found.maximum:
        return ZERO
    return found


def _announce(version: Version, image: Image, request: DeployRequest, context: DeployContext) -> None:
    group, url = version.group, version.run_url(request.run)
    context.notify(
        Note(
            f"Going back to {group.name} ({group.id}): {version.image_label}, deployed {version.when} UTC"
            f"{f' by {url}' if url else ''}. Image, start-up script and configuration are that group's, not those of "
            "the documents."
        )
    )
    deprecated = image.facts.deprecation_time if image.facts else ""
    if deprecated and deprecated[:19] <= f"{context.groups.time():%Y-%m-%dT%H:%M:%S}":
        context.notify(WarningEvent(f"{version.image_label} has been deprecated since {deprecated[:10]}."))


def _unchanged(version: Version, request: DeployRequest, context: DeployContext) -> Deployment:
    group = version.group
    context.notify(Note(f"{group.name} ({group.id}) serves already: {version.image_label}."))
    assert group.image_id is not None
    done = Deployment(
        app=request.app,
        strategy=request.execution.strategy.value,
        run=request.run,
        image=version.image or Image(group.image_id, ""),
        fingerprint=version.mark.fingerprint if version.mark else "",
        capacity=group.capacity,
        new=GroupRef.of(group),
        status=Status.UNCHANGED,
    )
    context.save(done)
    return done
