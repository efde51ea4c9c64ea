"""Shows the run as a GitHub deployment; if GitHub refuses, there is a warning and the run continues."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

import requests

State = Literal["in_progress", "success", "failure", "error"]

TIMEOUTS = (5.0, 10.0)  # seconds to connect, and between two bytes of the response
LONGEST = 140  # characters of a description


@dataclass(frozen=True)
class Repository:
    """The repository of the GitHub deployment.

    `name` is owner/name, `ref` the commit, branch or tag that is deployed, and `log_url` the page of the run.
    """

    api_url: str
    name: str
    ref: str
    log_url: str


@dataclass
class GitHubDeployment:
    """One deployment of a repository to an environment. Nothing is raised: failures go to `warn`."""

    token: str = field(repr=False)
    repository: Repository
    environment: str
    warn: Callable[[str], None]
    session: requests.Session
    _id: int | None = None

    def create_in_progress(self, description: str) -> None:
        """Create the deployment without requiring commit checks, and set it to in progress."""
        body = {
            "ref": self.repository.ref,
            "environment": self.environment,
            "description": description[:LONGEST],
            "auto_merge": False,
            "required_contexts": [],
        }
        answer = self._post_json("deployments", body)
        found = answer.get("id") if answer else None
        self._id = found if isinstance(found, int) else None
        self.set_state("in_progress", description)

    def set_state(self, state: State, description: str) -> None:
        """Set the state of the deployment; does nothing if it could not be created."""
        if self._id is None:
            return
        body = {
            "state": state,
            "environment": self.environment,
            "description": description[:LONGEST],
            "log_url": self.repository.log_url,
        }
        self._post_json(f"deployments/{self._id}/statuses", body)

    def _post_json(self, path: str, body: Mapping[str, object]) -> dict[str, object] | None:
        url = f"{self.repository.api_url}/repos/{self.repository.name}/{path}"
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        try:
            answer = self.session.post(
                url, json=body, headers=headers, auth=self._authorize, timeout=TIMEOUTS, allow_redirects=False
            )
        except requests.RequestException as error:
            self.warn(f"The GitHub deployment was not updated: no response from {url} ({type(error).__name__}).")
            return None
        if answer.status_code != HTTPStatus.CREATED:
            self.warn(
                f"The GitHub deployment was not updated: {url} returned HTTP {answer.status_code}. "
                f"{_failure_advice(answer)}"
            )
            return None
        return _as_object(answer)

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Passed as `auth`, so that a .netrc on the runner does not replace the header."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def _failure_advice(answer: requests.Response) -> str:
    if answer.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNAUTHORIZED}:
        return "Grant the job `permissions: deployments: write` and pass github.token as github-token."
    return str(_as_object(answer).get("message", ""))


def _as_object(answer: requests.Response) -> dict[str, object]:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
