"""The access keys that a sandbox accepts, and the verification of signed requests."""

import datetime as dt
import hashlib
import hmac
import re
from dataclasses import dataclass
from urllib.parse import quote

from werkzeug import Request

from spotaction.sandbox.aws.errors import AwsError
from spotaction.sandbox.scenario import Scenario

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, ?"
    r"SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]+)"
)


@dataclass(frozen=True, slots=True)
class Key:
    """An access key and the account that it belongs to."""

    id: str
    secret: str
    account: str
    arn: str
    token: str | None = None
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """The key, region and service in a request's Authorization header."""

    key: Key
    region: str
    service: str


class Keys:
    """All access keys of one sandbox."""

    def __init__(self, scenario: Scenario) -> None:
        digest = hashlib.sha256(f"{scenario.caller}/{scenario.seed}".encode()).hexdigest()
        self.own = Key(
            id="AKIA" + digest[:16].upper(),
            secret=digest[16:56],
            account=scenario.caller,
            arn=f"arn:aws:iam::{scenario.caller}:user/deployer",
        )
        self._keys = {self.own.id: self.own}

    def add(self, key: Key) -> None:
        """Accept a temporary key from now on."""
        self._keys[key.id] = key

    def check(self, request: Request, now: float) -> Signed:
        """Return who signed the request.

        Raises:
            AwsError: for a missing signature, an unknown or expired key, or a wrong secret.
        """
        match = _HEADER.fullmatch(request.headers.get("Authorization", ""))
        if match is None:
            raise AwsError("MissingAuthenticationToken", "Missing Authentication Token")
        key = self._keys.get(match["key"])
        if key is None or key.token != request.headers.get("X-Amz-Security-Token"):
            raise _unknown(match["service"])
        if key.expires is not None and now >= key.expires:
            raise AwsError("ExpiredToken", "The security token included in the request is expired")
        if not hmac.compare_digest(_signature(request, match, key.secret), match["signature"]):
            raise AwsError(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method.",
            )
        return Signed(key, match["region"], match["service"])


def _unknown(service: str) -> AwsError:
    if service == "ec2":
        return AwsError("AuthFailure", "AWS was not able to validate the provided access credentials")
    return AwsError("InvalidClientTokenId", "The security token included in the request is invalid.")


def _signature(request: Request, match: re.Match[str], secret: str) -> str:
    names = match["headers"].split(";")
    canonical = "\n".join(
        [
            request.method,
            quote(request.path, safe="/~"),
            _query(request),
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names),
            "",
            match["headers"],
            hashlib.sha256(request.get_data()).hexdigest(),
        ]
    )
    scope = f"{match['date']}/{match['region']}/{match['service']}/aws4_request"
    stamp = request.headers.get("X-Amz-Date") or dt.datetime.now(tz=dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _query(request: Request) -> str:
    pairs = sorted((quote(key, safe="~"), quote(value, safe="~")) for key, value in request.args.items(multi=True))
    return "&".join(f"{key}={value}" for key, value in pairs)
