import base64
import json
from dataclasses import replace

import pytest

from spotaction.drafts.config import draft_config, lines_with_secrets
from spotaction.model.resources import JsonObject
from tests.unit.drafts.test_naming import group as bare


def draft(config: JsonObject, description: str = "") -> tuple[JsonObject, str | None, tuple[str, ...]]:
    found = draft_config(replace(bare("web-prod", description), config=config), "web-prod")
    value: JsonObject = json.loads(found.text)["group"]
    return value, found.script, found.notes


def script(content: bytes) -> JsonObject:
    data = base64.b64encode(content).decode()
    return {"compute": {"launchSpecification": {"userData": data, "imageId": "ami-1"}}}


def test_ids_dates_nulls_image_marker_and_second_forms_are_left_out() -> None:
    zone: JsonObject = {"name": "us-east-1a", "subnetId": "subnet-1", "subnetIds": ["subnet-1"]}
    launch: JsonObject = {"images": [{"id": "ami-1"}], "keyPair": None, "tags": [], "monitoring": False}
    config: JsonObject = {
        "id": "sig-1",
        "name": "web-prod",
        "createdAt": "2026",
        "updatedAt": "2026",
        "description": "[spotaction n=12345678 s=done r=1.1 d=1] The shop",
        "capacity": {"minimum": 0, "target": 0, "maximum": 2},
        "compute": {"availabilityZones": [zone], "launchSpecification": launch},
        "scaling": {},
        "scheduling": {"tasks": [{"eventType": "x"}, {"taskType": "scale"}]},
        "multai": {"balancerId": "lb"},
    }
    value, _, notes = draft(config, "[spotaction n=12345678 s=done r=1.1 d=1] The shop")
    assert value == {
        "name": "web-prod",
        "description": "The shop",
        "capacity": {"minimum": 0, "target": 0, "maximum": 2},
        "compute": {
            "availabilityZones": [{"name": "us-east-1a", "subnetIds": ["subnet-1"]}],
            "launchSpecification": {"monitoring": False},
        },
        "scheduling": {"tasks": [{"taskType": "scale"}]},
    }
    assert notes == ()


def test_user_data_is_a_script_if_a_file_gives_the_same_bytes() -> None:
    value, text, notes = draft(script("#!/bin/sh\r\necho <+x> ü\n".encode()))
    assert "userData" not in str(value)
    assert text == "#!/bin/sh\r\necho \\<+x> ü\n"
    assert notes == ()


@pytest.mark.parametrize(
    "content",
    [b"\x1f\x8b\x08", "\ufeff#!/bin/sh".encode(), b"#!/bin/sh\0", b" \n", b"x" * 16385],
    ids=["compressed", "byte order mark", "null", "blank", "too long"],
)
def test_other_user_data_stays_where_it_is_with_a_note(content: bytes) -> None:
    value, text, notes = draft(script(content))
    assert value["compute"] == {"launchSpecification": {"userData": base64.b64encode(content).decode()}}
    assert text is None
    assert len(notes) == 1
    assert notes[0].startswith("the user data stays in elastigroup.json")


def test_a_text_that_looks_like_an_expression_stays_text() -> None:
    value, _, _ = draft({"compute": {"launchSpecification": {"tags": [{"tagKey": "a", "tagValue": "<+env.name>"}]}}})
    assert value["compute"] == {"launchSpecification": {"tags": [{"tagKey": "a", "tagValue": "\\<+env.name>"}]}}


def test_lines_that_look_like_secrets_are_named_by_number() -> None:
    lines = [
        "#!/bin/sh",
        "export DB_PASSWORD=hunter222",
        'token: "abcdefgh"',
        "PASSWORD=$(aws ssm get-parameter)",
        "AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN RSA PRIVATE KEY-----",
        "echo no secret: at all",
        "curl -H 'api-key: 0123456789'",
    ]
    assert lines_with_secrets("\n".join(lines)) == (2, 3, 5, 6, 8)
