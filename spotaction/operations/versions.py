"""The versions of an app still in Spot: its groups, with what their markers tell of their deployments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from enum import StrEnum

from spotaction.documents.elastigroup.comparison import region_of_group
from spotaction.engine import marked_groups
from spotaction.model import marker
from spotaction.model.deployment import Run
from spotaction.model.marker import Marker, State
from spotaction.model.ports import ImageApi
from spotaction.model.resources import AppName, Group, Image, ImageId, JsonObject


class Ending(StrEnum):
    """How the deployment of a version ended."""

    DEPLOYED = "deployed"
    RESTORED = "restored by a rollback"
    STOPPED = "stopped half-way"
    DIED = "died"
    RUNNING = "in progress"
    UNKNOWN = "no marker"
    UNREADABLE = "marker cannot be read"


@dataclass(frozen=True)
class Version:
    """A group of the app, its marker, and its image.

    `image` is None if the AMI no longer exists or could not be looked up, which `images_known` tells.
    """

    group: Group
    mark: Marker | None
    ending: Ending
    image: Image | None = None
    images_known: bool = True

    @property
    def runs(self) -> bool:
        """Whether the group has instances, or is to have."""
        return self.group.capacity.target > 0

    @property
    def is_finished(self) -> bool:
        """Whether no deployment of the version is open, or may be."""
        return self.ending in {Ending.DEPLOYED, Ending.RESTORED, Ending.UNKNOWN}

    @property
    def is_gone(self) -> bool:
        """Whether its AMI is known not to exist any more."""
        return self.images_known and self.image is None

    @property
    def when(self) -> str:
        """The time of its creation by Spot's clock, UTC, to the minute."""
        return f"{self.group.created_at.astimezone(UTC):%Y-%m-%d %H:%M}"

    @property
    def image_label(self) -> str:
        """The AMI's name and id, as far as they are known."""
        name = self.image.name if self.image else ""
        return f"{name} ({self.group.image_id})" if name else str(self.group.image_id or "unknown")

    def run_url(self, run: Run) -> str:
        """Return the URL of the run that deployed it, on the server of `run`; its id without a repository."""
        return "" if self.mark is None else _url_of(self.mark, run)

    def as_json(self, run: Run) -> JsonObject:
        """Return the version as in the output `history`."""
        capacity = self.group.capacity
        mark = self.mark
        return {
            "group": self.group.id,
            "name": self.group.name,
            "image": self.group.image_id,
            "version": self.image.name if self.image else None,
            "imageExists": None if not self.images_known else self.image is not None,
            "created": self.group.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ended": self.ending.value,
            "seconds": mark.took if mark else None,
            "run": self.run_url(run) or None,
            "repository": (mark.run.repository or None) if mark else None,
            "running": self.runs,
            "capacity": {"minimum": capacity.minimum, "target": capacity.target, "maximum": capacity.maximum},
        }


@dataclass(frozen=True)
class ImageSource:
    """Where the AMIs of versions are looked up; without `images`, they are not."""

    images: ImageApi | None
    region: str


def list_versions(groups: Sequence[Group], *, app: AppName, now: float, source: ImageSource) -> tuple[Version, ...]:
    """Return the app's versions, the youngest first; `now` is in epoch seconds. Raises `ApiError`."""
    mine = [group for group in groups if marked_groups.is_group_of(group, app)]
    mine.sort(key=lambda group: (group.created_at, group.id), reverse=True)
    ids = [group.image_id for group in mine if group.image_id is not None]
    known: Mapping[ImageId, Image] = {}
    if source.images is not None and ids:
        known = source.images.known(ids, source.region)
    return tuple(
        Version(
            group,
            mark := marker.read_marker(group.description),
            _ending_of(group, mark, now),
            known.get(group.image_id) if group.image_id else None,
            source.images is not None and region_of_group(group.config) in {"", source.region},
        )
        for group in mine
    )


def _ending_of(group: Group, mark: Marker | None, now: float) -> Ending:
    if marked_groups.is_unreadable(group):
        return Ending.UNREADABLE
    if mark is None:
        return Ending.UNKNOWN
    match mark.state:
        case State.COMPLETED:
            return Ending.DEPLOYED
        case State.ROLLED_BACK_TO:
            return Ending.RESTORED
        case State.STOPPED:
            return Ending.STOPPED
        case State.RUNNING:
            return Ending.RUNNING if mark.deadline > now else Ending.DIED


def _url_of(mark: Marker, run: Run) -> str:
    return replace(mark.run, server=run.server).url or (f"run {mark.run.id}" if mark.run.id else "")
