"""The operation drift: compares the documents with the live group, path by path, and writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spotaction.documents.accessors import as_mapping, value_at
from spotaction.documents.elastigroup.comparison import Difference, comparable, differences
from spotaction.drafts.drift import Cause, Drift, DriftReport, LastDeployment, explain, without_moved
from spotaction.engine import marked_groups
from spotaction.engine.context import DeployContext
from spotaction.model import marker
from spotaction.model.deployment import RoutePair
from spotaction.model.errors import ApiError, ConflictError, CredentialError, RefusedError
from spotaction.model.events import WarningEvent
from spotaction.model.ports import ImageApi, ImageQuery
from spotaction.model.resources import Capacity, Group, Image, ImageId, JsonObject, arn_name
from spotaction.operations.discovery import find_pair, find_serving_group
from spotaction.operations.no_op import deployment_fingerprint
from spotaction.operations.request import DeployRequest

IMAGE = "image"


@dataclass(frozen=True)
class ExpectedImage:
    """How the documents find their image; without a query, any image is expected."""

    query: ImageQuery | None = None
    images: ImageApi | None = None


def find_drift(request: DeployRequest, expected: ExpectedImage, context: DeployContext) -> DriftReport:
    """Return how the group that serves differs from the documents.

    Raises `RefusedError` if no group serves, or a deployment of the app is not finished, and `ApiError` if the state
    cannot be read.
    """
    listed = context.groups.all()
    _require_none_open(request, listed)
    group = _serving_group(request, listed, context)
    mark = marker.read_marker(group.description)
    image = _live_image(group, request, expected, context)
    body = request.configure(image)
    found = _differences_of_image(group, image, expected)
    pairs = tuple(find_pair(balancer, context) for balancer in request.execution.setup.load_balancers)
    found += _differences_of_routes(group, pairs)
    moved = frozenset(arn for pair in pairs for arn in (pair.blue, pair.green))
    mine = without_moved(_with_capacity(body, request.execution.setup.instances), moved)
    found += differences(comparable(mine), comparable(without_moved(group.config, moved)))
    last = _last_deployment(mark, body, request) if mark is not None else None
    drifts = explain(found, group.config, last)
    return DriftReport(group, tuple(_of_image(each, last) for each in drifts))


def _require_none_open(request: DeployRequest, groups: Sequence[Group]) -> None:
    """Raise `ConflictError` if a deployment of the app has not finished: which group serves is not decided.

    A marker that cannot be read may be of one, so it is refused as well.
    """
    for group in marked_groups.unreadable_markers(groups, request.app):
        raise ConflictError(
            f"The marker of {group.name} ({group.id}) cannot be read, so a deployment of {request.app} may be open.",
            next_step="once no run is deploying, remove the text [spotaction … from the group's description (in the "
            "Spot console), and run again.",
        )
    for marked in marked_groups.marked_groups(groups, request.app):
        if marked.marker.is_open:
            url = marked.marker.run.url
            raise ConflictError(
                f"A deployment of {request.app} has not finished (group {marked.group.name}, {marked.group.id}), so "
                f"there is nothing to compare yet{f': {url}' if url else ''}.",
                next_step="finish it (operation: continue) or revert it (operation: rollback), then run again.",
            )


def _serving_group(request: DeployRequest, groups: Sequence[Group], context: DeployContext) -> Group:
    """The group that serves, read by itself: a list may be older. Its config must be readable."""
    listed = find_serving_group(
        groups, app=request.app, blue_green=request.execution.blue_green, previous=request.previous
    )
    group = context.groups.get(listed.id) if listed else None
    if group is None or group.capacity.target == 0:
        raise RefusedError(
            f"No Elastigroup of {request.app} is running, so there is nothing to compare.",
            next_step="deploy first, or set elastigroup-id to the group that serves.",
        )
    if not as_mapping(value_at(group.config, ("compute", "launchSpecification"))):
        raise ApiError(
            f"Spot returned {group.name} ({group.id}) without its launch specification, so it cannot be compared.",
            service="spot",
            call="group",
            next_step="run again; if the error persists, check the group in the Spot console.",
        )
    return group


def _live_image(group: Group, request: DeployRequest, expected: ExpectedImage, context: DeployContext) -> Image:
    """The image of the group with the name and tags that expressions use; only its id if it cannot be found."""
    if group.image_id is None:
        return Image(ImageId(""), "")
    try:
        return request.look_up(group.image_id)
    except CredentialError:
        raise
    except RefusedError as error:
        found = _public_image(group.image_id, expected)
        if found is None:
            what = f"The image of {group.name} is not available, so it may launch no instances: {error.message}"
            context.notify(WarningEvent(what))
        return found or Image(group.image_id, "")


def _public_image(image: ImageId, expected: ExpectedImage) -> Image | None:
    """The image if the service's filters find it: a public one is found by no id alone."""
    if expected.images is None or expected.query is None or not expected.query.filters:
        return None
    try:
        return expected.images.find(replace(expected.query, image_id=image, version="", pattern=""))
    except CredentialError:
        raise
    except RefusedError:
        return None


def _differences_of_image(group: Group, image: Image, expected: ExpectedImage) -> tuple[Difference, ...]:
    query = expected.query
    if query is None:
        return ()
    live = f"{image.name} ({image.id})" if image.name else str(image.id)
    if query.image_id is not None:
        same = query.image_id == group.image_id
        return () if same else (Difference(IMAGE, str(query.image_id), live),)
    wanted = query.version or query.pattern or "the images of the service"
    if expected.images is None:
        return ()
    try:
        expected.images.find(replace(query, image_id=group.image_id))
    except CredentialError:
        raise
    except RefusedError:
        return (Difference(IMAGE, wanted, live),)
    return ()


def _differences_of_routes(group: Group, pairs: tuple[RoutePair, ...]) -> tuple[Difference, ...]:
    """Production's rules that do not lead to the group."""
    return tuple(
        Difference(pair.prod.label, arn_name(pair.blue), ", ".join(map(arn_name, group.target_groups)) or None)
        for pair in pairs
        if pair.blue not in group.target_groups
    )


def _with_capacity(body: JsonObject, instances: Capacity | None) -> JsonObject:
    """The body with the capacity of the input `instances`, if it gives one."""
    if instances is None:
        return body
    numbers = {"minimum": instances.minimum, "target": instances.target, "maximum": instances.maximum}
    return {**body, "capacity": {**as_mapping(body.get("capacity")), **numbers}}


def _last_deployment(mark: marker.Marker, body: JsonObject, request: DeployRequest) -> LastDeployment:
    wanted = deployment_fingerprint(body, request.execution.setup.instances)
    capacity = mark.capacity
    return LastDeployment(
        unchanged=mark.fingerprint == wanted,
        minimum=capacity.minimum if capacity else None,
        maximum=capacity.maximum if capacity else None,
    )


def _of_image(drift: Drift, last: LastDeployment | None) -> Drift:
    """The image of the live group is the deployed one if the fingerprint, which contains it, is."""
    ahead = drift.difference.path == IMAGE and last is not None and last.unchanged
    return replace(drift, cause=Cause.NOT_DEPLOYED) if ahead else drift
