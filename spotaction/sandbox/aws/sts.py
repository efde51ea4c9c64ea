"""STS: the caller's identity, and the roles that it may assume."""

import datetime as dt
import re

from moto.core.responses import ActionResult
from moto.sts.exceptions import STSValidationError
from moto.sts.responses import TokenResponse

from spotaction.sandbox.aws.access_keys import Key, Keys, Signed
from spotaction.sandbox.aws.errors import AwsError
from spotaction.sandbox.aws.moto_backends import parts
from spotaction.sandbox.aws.parameters import CheckedParameters
from spotaction.sandbox.world import World

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
_DURATION = range(900, 43_201)
_CHAINED_HOUR = 3600


class Sts(CheckedParameters, TokenResponse):
    """Handles one STS request."""

    def __init__(self, world: World, keys: Keys, signed: Signed) -> None:
        super().__init__()
        self._world = world
        self._keys = keys
        self._signed = signed

    def get_current_account(self) -> str:
        """Return the account of the request's key."""
        return self._signed.key.account

    def get_caller_identity(self) -> ActionResult:
        """Return the identity of the request's key."""
        key = self._signed.key
        return ActionResult({"UserId": key.id, "Account": key.account, "Arn": key.arn})

    def assume_role(self) -> ActionResult:
        """Issue temporary keys of a role, if its trust policy allows it."""
        self._check()
        self._check_trust(external=True)
        return self._register(super().assume_role())

    def assume_role_with_web_identity(self) -> ActionResult:
        """Issue temporary keys of a role for an identity token; any token that is not empty is accepted."""
        self._check()
        if not self._get_param("WebIdentityToken"):
            raise AwsError("InvalidIdentityToken", "No identity token was given")
        self._check_trust(external=False)
        return self._register(super().assume_role_with_web_identity())

    def _check(self) -> None:
        name, seconds = self._get_param("RoleSessionName", ""), self._get_int_param("DurationSeconds", 3600)
        if _SESSION_NAME.fullmatch(name) is None:
            raise STSValidationError(
                f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: "
                r"Member must satisfy regular expression pattern: [\w+=,.@-]*"
            )
        role = self._get_param("RoleArn", "")
        if _ROLE.fullmatch(role) is None:
            raise STSValidationError(f"{role} is invalid")
        if seconds not in _DURATION:
            raise STSValidationError(
                f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: "
                "Member must have value between 900 and 43200"
            )
        if self._signed.key.token is not None and seconds > _CHAINED_HOUR:
            raise STSValidationError(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
            )

    def _check_trust(self, *, external: bool) -> None:
        scenario, arn = self._world.scenario, self._get_param("RoleArn")
        roles = {role["arn"]: role for role in scenario.roles}
        known = arn in roles or (not roles and arn.split(":")[4] in {scenario.account, scenario.caller})
        needed = roles.get(arn, {}).get("external-id")
        if not known or (external and needed is not None and needed != self._get_param("ExternalId")):
            raise AwsError(
                "AccessDenied",
                f"User: {self._signed.key.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            )

    def _register(self, result: ActionResult) -> ActionResult:
        role = parts(result)["Credentials"]
        seconds = self._get_int_param("DurationSeconds", 3600)
        # By the sandbox's clock: wall time in a response would make runs differ from day to day.
        expires = self._world.timeline.now + seconds
        role.expiration = dt.datetime.fromtimestamp(expires, tz=dt.UTC)
        account = self._get_param("RoleArn").split(":")[4]
        self._keys.add(
            Key(
                role.access_key_id,
                role.secret_access_key,
                account,
                role.arn,
                token=role.session_token,
                expires=expires,
            )
        )
        return result
