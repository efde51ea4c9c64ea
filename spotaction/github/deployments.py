"""Shows a deployment on GitHub: created in progress, ended with a state; a failure of it is told and nothing more."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

import requests

State = Literal["in_progress", "success", "failure", "error"]

TIMEOUTS = (5.0, 10.0)  # seconds to connect, and between two bytes of the answer
LONGEST = 140  # characters of a description


@dataclass(frozen=True)
class Repository:
    """Where the deployment is shown: `name` is owner/name, `ref` what is deployed, `log_url` the run."""

    api_url: str
    name: str
    ref: str
    log_url: str


@dataclass
class GitHubDeployment:
    """One deployment of a repository to an environment. Nothing is raised: `warn` is told what did not work."""

    token: str = field(repr=False)
    repository: Repository
    environment: str
    warn: Callable[[str], None]
    session: requests.Session
    _id: int | None = None

    def create_in_progress(self, description: str) -> None:
        """Create it, without waiting for checks of the commit, and say that it is in progress."""
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
        """Say how it stands; nothing is said of one that could not be created."""
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
            self.warn(f"The GitHub deployment is not shown: no answer from {url} ({type(error).__name__}).")
            return None
        if answer.status_code != HTTPStatus.CREATED:
            self.warn(
                f"The GitHub deployment is not shown: {url} answered {answer.status_code}. {_failure_advice(answer)}"
            )
            return None
        return _as_object(answer)

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Given as `auth`, so that no .netrc of the runner replaces the header."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def _failure_advice(answer: requests.Response) -> str:
    if answer.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.UNAUTHORIZED}:
        return "Give the job `permissions: deployments: write` and pass its github.token as github-token."
    return str(_as_object(answer).get("message", ""))


def _as_object(answer: requests.Response) -> dict[str, object]:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
