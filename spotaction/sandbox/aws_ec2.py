"""EC2 as moto has it, with the DescribeImages of AWS."""

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response

from spotaction.sandbox.aws_keys import Signed
from spotaction.sandbox.dates import zulu
from spotaction.sandbox.kinds import Moto
from spotaction.sandbox.scenario import epoch
from spotaction.sandbox.world import World

_IMAGE_ID = re.compile(r"ami-[0-9a-z-]+")
_MAX_RESULTS = range(1, 1001)
_FILTERS = {
    "architecture": "architecture",
    "description": "description",
    "hypervisor": "hypervisor",
    "image-id": "id",
    "image-type": "image_type",
    "name": "name",
    "owner-alias": "owner_alias",
    "owner-id": "owner_id",
    "platform": "platform",
    "root-device-name": "root_device_name",
    "root-device-type": "root_device_type",
    "state": "state",
    "virtualization-type": "virtualization_type",
}


class Ec2(EC2Response):
    """One request to EC2."""

    def __init__(self, world: World, signed: Signed) -> None:
        super().__init__()
        self._world = world
        self._signed = signed

    def get_current_account(self) -> str:
        """Return the account for which the key speaks."""
        return self._signed.key.account

    def terminate_instances(self) -> ActionResult:
        """Terminate instances; Spot notices when they belong to a group."""
        result = super().terminate_instances()
        self._world.life.notice_terminated()
        return result

    def stop_instances(self) -> ActionResult:
        """Stop instances; Spot notices when they belong to a group."""
        result = super().stop_instances()
        self._world.life.notice_terminated()
        return result

    def describe_images(self) -> ActionResult:
        """Find images; what is combined narrows the result down, and pages are honoured."""
        self.error_on_dryrun()
        images = self._asked_for(self._get_param("ImageIds", []))
        images = [image for image in images if self._visible(image)]
        for entry in self._get_param("Filters", []):
            wanted = entry.get("Values", [])
            images = [image for image in images if _passes(image, entry["Name"], wanted)]
        return ActionResult(self._page(images))

    def _asked_for(self, ids: Sequence[str]) -> list[Moto]:
        amis: Mapping[str, Moto] = self.ec2_backend.amis
        for ident in ids:
            if _IMAGE_ID.fullmatch(ident) is None:
                raise EC2ClientError("InvalidAMIID.Malformed", f'Invalid id: "{ident}" (expecting "ami-...")')
        missing = [ident for ident in ids if ident not in amis]
        if missing:
            noun = "image id" if len(missing) == 1 else "image ids"
            listed = ", ".join(missing)
            raise EC2ClientError("InvalidAMIID.NotFound", f"The {noun} '[{listed}]' does not exist")
        return [amis[ident] for ident in dict.fromkeys(ids)] or list(amis.values())

    def _visible(self, image: Moto) -> bool:
        account = self.get_current_account()
        owners = [account if owner == "self" else owner for owner in self._get_param("Owners", [])]
        if owners and image.owner_id not in owners and image.owner_alias not in owners:
            return False
        mine = image.owner_id == account
        shared = mine or image.is_public or any(grant.get("UserId") == account for grant in image.launch_permissions)
        if not shared:
            return False
        if image.state == "disabled" and not self._flag("IncludeDisabled"):
            return False
        # An owner sees deprecated images whether or not they are asked for.
        return mine or self._flag("IncludeDeprecated") or not self._deprecated(image)

    def _deprecated(self, image: Moto) -> bool:
        moment = getattr(image, "deprecation_time", None)
        return moment is not None and epoch(moment) <= self._world.timeline.now

    def _flag(self, name: str) -> bool:
        return str(self._get_param(name, "false")).lower() == "true"

    def _page(self, images: list[Moto]) -> dict[str, object]:
        if not self._flag("IncludeDisabled"):
            self._refuse_disabled_filter()
        size = self._get_param("MaxResults")
        token = self._get_param("NextToken")
        if size is not None and int(size) not in _MAX_RESULTS:
            message = f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value between 1 and 1000."
            raise EC2ClientError("InvalidParameterValue", message)
        if size is not None and self._get_param("ImageIds"):
            message = "The parameter imageIdsSet cannot be used with the parameter maxResults"
            raise EC2ClientError("InvalidParameterCombination", message)
        if token is not None and not str(token).isdigit():
            raise EC2ClientError("InvalidNextToken", "The token is not valid")
        first = int(token or 0)
        last = first + int(size) if size is not None else len(images)
        page: dict[str, object] = {"Images": images[first:last]}
        return page | ({"NextToken": str(last)} if last < len(images) else {})

    def _refuse_disabled_filter(self) -> None:
        for entry in self._get_param("Filters", []):
            if entry["Name"] == "state" and "disabled" in entry.get("Values", []):
                message = "When filtering by the 'disabled' state, 'IncludeDisabled' must be set to 'true'"
                raise EC2ClientError("InvalidParameter", message)


def _passes(image: Moto, name: str, wanted: Sequence[str]) -> bool:
    values = list(_values(image, name))
    return any(fnmatch.fnmatchcase(value, _pattern(want)) for value in values for want in wanted)


def _values(image: Moto, name: str) -> Iterator[str]:
    tags = {tag["key"]: tag["value"] for tag in image.get_tags()}
    if name.startswith("tag:"):
        if (key := name.removeprefix("tag:")) in tags:
            yield tags[key]
    elif name == "tag-key":
        yield from tags
    elif name == "is-public":
        yield "true" if image.is_public else "false"
    elif name == "creation-date":
        yield zulu(image.creation_date.timestamp())
    elif name in _FILTERS:
        value = getattr(image, _FILTERS[name])
        if value is not None:
            yield str(value)
    else:
        raise EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")


def _pattern(text: str) -> str:
    """Make brackets literal: in a filter of AWS only * and ? stand for other characters."""
    return text.replace("[", "[[]")
