"""Spot's list with a group in it that cannot be read: it is never taken for one that is empty, or not there."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
import yaml

from tests.support.action import JSON, OLD, QUICK, ROOT, stand
from tests.support.reused_clients import Wrap

INFINITE = float("inf")
SERVES = {"basic": "web_prod__7", "blue-green": "web_prod"}
STRANGER = {"name": "shop_prod__3", "image": OLD, "capacity": {"minimum": 1, "target": 2, "maximum": 3}}


def spoiling(name: str, spoil: Callable[[JSON], object]) -> Wrap:
    """Around Spot: whenever it lists or gives the group of this name, that is spoilt."""

    def wrap(app: WSGIApplication) -> WSGIApplication:
        def spoilt(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
            if environ["REQUEST_METHOD"] != "GET" or not environ["PATH_INFO"].startswith("/aws/ec2/group"):
                return app(environ, start)
            told: list[Any] = []
            keep: Any = lambda *head: told.append(head)  # noqa: E731
            body = json.loads(b"".join(app(environ, keep)))
            for item in body["response"].get("items") or []:
                if item.get("name") == name:
                    spoil(item)
            whole = json.dumps(body).encode()
            status, headers = told[0]
            headers = [header for header in headers if header[0].lower() != "content-length"]
            start(status, [*headers, ("Content-Length", str(len(whole)))])
            return [whole]

        return spoilt

    return wrap


@pytest.mark.parametrize("strategy", SERVES)
@pytest.mark.parametrize(
    ("field", "spoil"),
    [
        ("capacity.minimum is None", lambda group: group.update(capacity=None)),
        ("capacity.target is 'three'", lambda group: group["capacity"].update(target="three")),
        ("capacity.target is nan", lambda group: group["capacity"].update(target=float("nan"))),
        ("capacity.target is inf", lambda group: group["capacity"].update(target=INFINITE)),
        ("name is None", lambda group: group.update(name=None)),
    ],
)
def test_a_group_of_ours_that_cannot_be_read_is_no_first_deployment(
    tmp_path: Path, strategy: str, field: str, spoil: Callable[[JSON], object]
) -> None:
    with stand(strategy, tmp_path, QUICK) as box:
        before = box.picture()
        serving = box.groups()[SERVES[strategy]]["id"]
        result = box.run(wrap=spoiling(SERVES[strategy], spoil))

        assert result.code == 5, result.log
        assert f"Spot returned an invalid group {serving}: its {field}." in result.log
        assert result.mutations == []
        assert box.picture() == before


@pytest.mark.parametrize("strategy", SERVES)
def test_a_strangers_group_that_cannot_be_read_stops_nobody(tmp_path: Path, strategy: str) -> None:
    scenario = yaml.safe_load((ROOT / "examples" / "sandbox" / f"{strategy}.yaml").read_text(encoding="utf-8"))
    with stand(strategy, tmp_path, {**QUICK, "elastigroups": [*scenario["elastigroups"], STRANGER]}) as box:
        result = box.run(wrap=spoiling("shop_prod__3", lambda group: group.update(capacity=None)))

        assert result.outputs["status"] == "deployed", result.log


@pytest.mark.parametrize("strategy", SERVES)
def test_numbers_in_words_are_numbers(tmp_path: Path, strategy: str) -> None:
    def in_words(group: JSON) -> None:
        group["capacity"].update({key: f"{group['capacity'][key]}.0" for key in ("minimum", "target", "maximum")})

    with stand(strategy, tmp_path, QUICK) as box:
        result = box.run(wrap=spoiling(SERVES[strategy], in_words))

        assert result.outputs["status"] == "deployed", result.log
        assert box.capacities()["web_prod" if strategy == "blue-green" else "web_prod__8"] == "2/3/6"
