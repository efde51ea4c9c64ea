"""AWS credentials: the runner's own, or those of an assumed role, refreshed before they expire."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, cast

import requests

from spotaction.model.errors import CredentialError

if TYPE_CHECKING:
    import boto3
    from botocore.credentials import CredentialProvider
    from botocore.session import Session

AUDIENCE = "sts.amazonaws.com"
TIMEOUTS = (5.0, 20.0)  # seconds to connect, and between two bytes of the response
LONGEST_NAME = 64  # STS: 2 to 64 characters of [\w+=,.@-]
SHORTEST_NAME = 2

Mask = Callable[[str], None]


class Issued(Protocol):
    """The credentials that STS issues; a protocol, because the client's types do not exist at run time."""

    def __getitem__(self, key: str, /) -> object:
        """Return AccessKeyId, SecretAccessKey, SessionToken or Expiration."""
        ...


@dataclass(frozen=True)
class Role:
    """A role to assume. `duration` is 900 to 43200 seconds; a role assumed from another role gets 3600 at most."""

    arn: str
    external_id: str = field(default="", repr=False)
    session_name: str = "spotaction"
    duration: int = 3600


@dataclass(frozen=True)
class ActionsToken:
    """The endpoint that issues the job's OIDC token: `ACTIONS_ID_TOKEN_REQUEST_URL` and `…_TOKEN`."""

    url: str
    bearer: str = field(repr=False)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "ActionsToken":
        """Return the endpoint from the job's environment. Raises `CredentialError` if the job may not have a token."""
        url, bearer = (environ.get(f"ACTIONS_ID_TOKEN_REQUEST_{part}", "") for part in ("URL", "TOKEN"))
        if url and bearer:
            return cls(url, bearer)
        raise CredentialError(
            "The job has no OIDC token to assume the role with.",
            next_step="grant the job `permissions: id-token: write`; a pull request from a fork never has it",
        )

    def fetch_token(self, session: requests.Session, mask: Mask) -> str:
        """Return the token for AWS, masked first. Raises `CredentialError` if GitHub does not issue it."""
        jwt, reason = self._request_token(session)
        if jwt:
            mask(jwt)
            return jwt
        raise CredentialError(f"GitHub did not issue an OIDC token ({reason}).", next_step="run the job again")

    def _request_token(self, session: requests.Session) -> tuple[str, str]:
        query = f"{'&' if '?' in self.url else '?'}audience={AUDIENCE}"
        headers = {"Authorization": f"bearer {self.bearer}", "Accept": "application/json"}
        try:
            answer = session.get(self.url + query, headers=headers, timeout=TIMEOUTS, allow_redirects=False)
            value = answer.json().get("value", "") if answer.ok else ""
        except requests.RequestException as error:
            return "", type(error).__name__  # its text would contain the URL, its request the token
        except (ValueError, AttributeError, RecursionError):
            return "", "not JSON"
        return (value, "") if isinstance(value, str) and value else ("", f"HTTP {answer.status_code}")


def session_name(*parts: str) -> str:
    """Return a valid role session name from a repository and a run; it appears in CloudTrail."""
    name = re.sub(r"[^\w+=,.@-]", "-", "-".join(part for part in parts if part), flags=re.ASCII)[:LONGEST_NAME]
    return name if len(name) >= SHORTEST_NAME else "spotaction"


def metadata_of(issued: Issued, mask: Mask) -> dict[str, str]:
    """Return STS credentials in botocore's form for refreshed ones; every secret is masked first."""
    names = {"access_key": "AccessKeyId", "secret_key": "SecretAccessKey", "token": "SessionToken"}
    keys = {ours: str(issued[theirs]) for ours, theirs in names.items()}
    for secret in keys.values():
        mask(secret)
    expiry = issued["Expiration"]
    return {**keys, "expiry_time": expiry.isoformat() if isinstance(expiry, datetime) else str(expiry)}


def session_of_environment(*, region: str) -> "boto3.Session":
    """Return a session with the keys or the web identity in the environment; no file of the machine is read."""
    import boto3  # noqa: PLC0415  (heavy; only when AWS is called)

    return boto3.Session(botocore_session=_without_files(), region_name=region)


def anonymous_session(*, region: str) -> "boto3.Session":
    """Return a session for unsigned calls, which looks for no keys."""
    import boto3  # noqa: PLC0415  (heavy; only when AWS is called)
    from botocore.credentials import CredentialResolver  # noqa: PLC0415

    core = _without_files()
    core.register_component("credential_provider", CredentialResolver(providers=[]))
    return boto3.Session(botocore_session=core, region_name=region)


def refreshing_session(
    fetch: Callable[[], dict[str, str]], *, region: str, now: Callable[[], datetime]
) -> "boto3.Session":
    """Return a session whose keys come from `fetch`: at the first call, and again 15 minutes before they expire."""
    import boto3  # noqa: PLC0415  (heavy; only when AWS is called)
    from botocore.credentials import CredentialResolver, DeferredRefreshableCredentials  # noqa: PLC0415

    core = _without_files()
    keys = DeferredRefreshableCredentials(refresh_using=fetch, method="assume-role", time_fetcher=now)
    core.register_component(
        "credential_provider", CredentialResolver(providers=[cast("CredentialProvider", _StaticCredentials(keys))])
    )
    return boto3.Session(botocore_session=core, region_name=region)


def _without_files() -> "Session":
    """Botocore without `~/.aws`, where a profile could name programs to run, endpoints and identities."""
    from botocore.session import Session  # noqa: PLC0415  (heavy; only when AWS is called)

    core = Session(session_vars={"profile": (None, None, None, None)})
    for name in ("config_file", "credentials_file"):
        core.set_config_variable(name, os.devnull)
    return core


class _StaticCredentials:
    """A provider of given credentials: the only one, so that there is no fallback to another identity."""

    METHOD = "assume-role"
    CANONICAL_NAME = None

    def __init__(self, credentials: object) -> None:
        self._credentials = credentials

    def load(self) -> object:
        return self._credentials
