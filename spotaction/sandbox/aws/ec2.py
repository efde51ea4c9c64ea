"""moto's EC2, with AWS's behaviour of DescribeImages."""

import json
import re
from collections.abc import Mapping, Sequence

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionContext, ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response

from spotaction.sandbox.aws.access_keys import Signed
from spotaction.sandbox.aws.image_filters import passes
from spotaction.sandbox.aws.parameters import CheckedParameters
from spotaction.sandbox.scenario import parse_time
from spotaction.sandbox.types import Moto
from spotaction.sandbox.world import World

_IMAGE_ID = re.compile(r"ami-[0-9a-z-]+")
_FEWEST_TYPES = 3
_PAGE_SIZES = range(1, 1001)
_TYPES: dict[str, TYPE_RESPONSE] = {}  # by the parameters of the call


class Ec2(CheckedParameters, EC2Response):
    """Handles one EC2 request."""

    def __init__(self, world: World, signed: Signed) -> None:
        super().__init__()
        self._world = world
        self._signed = signed

    def get_current_account(self) -> str:
        """Return the account of the request's key."""
        return self._signed.key.account

    def terminate_instances(self) -> ActionResult:
        """Terminate instances; Spot detects it if they belong to a group."""
        result = super().terminate_instances()
        self._world.life.notice_terminated()
        return result

    def stop_instances(self) -> ActionResult:
        """Stop instances; Spot detects it if they belong to a group."""
        result = super().stop_instances()
        self._world.life.notice_terminated()
        return result

    def describe_images(self) -> ActionResult:
        """Describe the images that match all filters, owners and ids, in pages."""
        self.error_on_dryrun()
        images = self._asked_for(self._get_param("ImageIds", []))
        images = [image for image in images if self._visible(image)]
        for entry in self._get_param("Filters", []):
            wanted = entry.get("Values", [])
            images = [image for image in images if passes(image, entry.get("Name", ""), wanted)]
        return ActionResult(self._page(images))

    def describe_instance_types(self) -> ActionResult:
        """Describe instance types, which never change; each deployment reads them, and they are long."""
        key = json.dumps(self._get_params(), sort_keys=True, default=str)
        return _TypesResult(key, super().describe_instance_types() if key not in _TYPES else ActionResult(None))

    def get_spot_placement_scores(self) -> ActionResult:
        """Return the scenario's score for each region; with fewer than three types it is always low."""
        self.error_on_dryrun()
        types, regions = self._get_param("InstanceTypes", []), self._get_param("RegionNames", [])
        if not types:
            raise EC2ClientError("MissingParameter", "InstanceTypes or InstanceRequirementsWithMetadata is required")
        few = len(set(types)) < _FEWEST_TYPES
        score = 1 if few else self._world.scenario.capacity.placement_score
        home = self._world.scenario.region
        return ActionResult({"SpotPlacementScores": [{"Region": each, "Score": score} for each in regions or [home]]})

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
        # Owners see deprecated images even without IncludeDeprecated.
        return mine or self._flag("IncludeDeprecated") or not self._deprecated(image)

    def _deprecated(self, image: Moto) -> bool:
        moment = getattr(image, "deprecation_time", None)
        return moment is not None and parse_time(moment) <= self._world.timeline.now

    def _flag(self, name: str) -> bool:
        return str(self._get_param(name, "false")).lower() == "true"

    def _page(self, images: list[Moto]) -> dict[str, object]:
        """Return the requested page, and the token of the next one."""
        if not self._flag("IncludeDisabled"):
            self._refuse_disabled_filter()
        if self._get_param("MaxResults") is not None and self._get_param("ImageIds"):
            message = "The parameter imageIdsSet cannot be used with the parameter maxResults"
            raise EC2ClientError("InvalidParameterCombination", message)
        size, token = int(self._get_param("MaxResults") or max(1, len(images))), str(self._get_param("NextToken") or 0)
        if self._get_param("MaxResults") is not None and size not in _PAGE_SIZES:
            message = (
                f"Value ( {size} ) for parameter maxResults is invalid. "
                f"Expecting a value between {_PAGE_SIZES[0]} and {_PAGE_SIZES[-1]}."
            )
            raise EC2ClientError("InvalidParameterValue", message)
        if not token.isdigit():
            raise EC2ClientError("InvalidNextToken", "The token is not valid")
        last = int(token) + size
        page: dict[str, object] = {"Images": images[int(token) : last]}
        return page | ({"NextToken": str(last)} if last < len(images) else {})

    def _refuse_disabled_filter(self) -> None:
        for entry in self._get_param("Filters", []):
            if entry["Name"] == "state" and "disabled" in entry.get("Values", []):
                message = "When filtering by the 'disabled' state, 'IncludeDisabled' must be set to 'true'"
                raise EC2ClientError("InvalidParameter", message)


class _TypesResult(ActionResult):
    """A response that is serialised once for the same parameters."""

    def __init__(self, key: str, found: ActionResult) -> None:
        super().__init__(found.result)
        self._key = key

    def execute_result(self, context: ActionContext) -> TYPE_RESPONSE:
        """Return status, headers and body."""
        if self._key not in _TYPES:
            _TYPES[self._key] = super().execute_result(context)
        status, headers, body = _TYPES[self._key]
        return status, dict(headers), body
