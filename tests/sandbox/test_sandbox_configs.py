"""The sandbox's Spot and the action's checks have one verdict on each config of the documents' tests."""

import json
from pathlib import Path

import pytest
import yaml

from spotaction.documents.elastigroup.checks import check_elastigroup
from spotaction.documents.elastigroup.config import config_of
from spotaction.documents.source import read_document
from spotaction.sandbox.spot.responses import SpotError
from spotaction.sandbox.spot.validation import check_new

CONFIGS = Path(__file__).parents[1] / "unit" / "documents" / "configs"
FILES = sorted(path.name for path in CONFIGS.iterdir() if path.suffix in {".json", ".yaml"})
OURS = {
    "16-console-expressions.json": "Spot knows no expressions",
    "54-export-stateful.json": "Spot runs stateful groups; this action cannot replace them",
}


def accepts(group: object) -> bool:
    try:
        check_new({"group": group}, lambda _: True)
    except SpotError:
        return False
    return True


@pytest.mark.parametrize("name", [name for name in FILES if name not in OURS])
def test_the_sandbox_accepts_what_the_action_sends_and_rejects_what_it_rejects(name: str) -> None:
    checked = check_elastigroup(read_document(name, workspace=CONFIGS))
    if checked.problems:
        whole = yaml.safe_load((CONFIGS / name).read_text("utf-8"))["group"]
        about = ("id", "createdAt", "updatedAt", "multai")
        assert not accepts({key: value for key, value in whole.items() if key not in about})
    else:
        group = json.loads(json.dumps(config_of(checked).group))
        launch = group["compute"]["launchSpecification"]
        launch.pop("images", None)
        launch["imageId"] = "ami-0123456789abcdef0"
        check_new({"group": group}, lambda _: True)  # raises the reason


def test_the_sandbox_reads_quoted_numbers_and_booleans() -> None:
    whole = json.loads((CONFIGS / "03-cfn-all-scalars-quoted.json").read_text("utf-8"))
    group = check_new(whole, lambda _: True)
    assert group["capacity"] == {"minimum": 1, "target": 2, "maximum": 6, "unit": "instance"}
    assert group["strategy"]["fallbackToOd"] is True
    assert group["compute"]["launchSpecification"]["monitoring"] is False
