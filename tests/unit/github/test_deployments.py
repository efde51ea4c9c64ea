import json
from dataclasses import dataclass, field

import pytest
import requests
from requests.adapters import BaseAdapter

from spotaction.github.deployments import GitHubDeployment, Repository

RUN = "https://github.com/example/web/actions/runs/4711"
PLACE = Repository("https://api.github.com", "example/web", "0123abcd", RUN)


@dataclass
class Api(BaseAdapter):
    """GitHub's API as a transport: gives the answers in turn and keeps what was asked."""

    answers: list[tuple[int, object] | Exception]
    asked: list[tuple[str, str, object]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def send(self, request: requests.PreparedRequest, **options: object) -> requests.Response:  # type: ignore[override]
        assert (options["timeout"], request.method) == ((5.0, 10.0), "POST")
        body = json.loads(request.body or "null")
        self.asked.append((request.method or "", (request.url or "").removeprefix("https://api.github.com"), body))
        self.tokens.add(request.headers["Authorization"])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        response = requests.Response()
        response.status_code, content = answer
        response._content = json.dumps(content).encode()
        return response

    def close(self) -> None:
        pass


def shown(api: Api, warnings: list[str]) -> GitHubDeployment:
    session = requests.Session()
    session.mount("https://", api)
    return GitHubDeployment("token-1", PLACE, "prod", warnings.append, session)


def test_a_deployment_is_created_in_progress_and_ended_with_a_state() -> None:
    api, warnings = Api([(201, {"id": 7}), (201, {"id": 1}), (201, {"id": 2})]), list[str]()
    deployment = shown(api, warnings)
    deployment.create_in_progress("deploy web_prod")
    deployment.set_state("success", "web_prod: " + "long " * 50)
    status = {"environment": "prod", "log_url": RUN}
    assert api.asked == [
        (
            "POST",
            "/repos/example/web/deployments",
            {
                "ref": "0123abcd",
                "environment": "prod",
                "description": "deploy web_prod",
                "auto_merge": False,
                "required_contexts": [],
            },
        ),
        (
            "POST",
            "/repos/example/web/deployments/7/statuses",
            {**status, "state": "in_progress", "description": "deploy web_prod"},
        ),
        (
            "POST",
            "/repos/example/web/deployments/7/statuses",
            {**status, "state": "success", "description": ("web_prod: " + "long " * 50)[:140]},
        ),
    ]
    assert (api.tokens, warnings) == ({"Bearer token-1"}, [])


ADVICE = "Grant the job `permissions: deployments: write` and pass github.token as github-token."
URL = "https://api.github.com/repos/example/web/deployments"


@pytest.mark.parametrize(
    ("answer", "warning"),
    [
        (
            (403, {"message": "Resource not accessible"}),
            f"The GitHub deployment was not updated: {URL} returned HTTP 403. {ADVICE}",
        ),
        (
            (409, {"message": "Conflict merging"}),
            f"The GitHub deployment was not updated: {URL} returned HTTP 409. Conflict merging",
        ),
        ((500, "no object"), f"The GitHub deployment was not updated: {URL} returned HTTP 500. "),
        (requests.ReadTimeout("late"), f"The GitHub deployment was not updated: no response from {URL} (ReadTimeout)."),
    ],
)
def test_what_github_refuses_is_a_warning_and_nothing_more_is_asked(
    answer: tuple[int, object] | Exception, warning: str
) -> None:
    api, warnings = Api([answer]), list[str]()
    deployment = shown(api, warnings)
    deployment.create_in_progress("deploy web_prod")
    deployment.set_state("failure", "web_prod: failed")
    assert (warnings, len(api.asked)) == ([warning], 1)


def test_an_answer_without_an_id_is_taken_for_no_deployment() -> None:
    api, warnings = Api([(201, {"message": "Auto-merged"})]), list[str]()
    deployment = shown(api, warnings)
    deployment.create_in_progress("deploy web_prod")
    deployment.set_state("success", "web_prod: deployed")
    assert (warnings, len(api.asked)) == ([], 1)


def test_the_token_is_not_in_the_text_of_a_deployment() -> None:
    assert "token-1" not in repr(shown(Api([]), []))
