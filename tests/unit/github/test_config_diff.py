from spotaction.github.config_diff import config_diff
from spotaction.model.resources import JsonObject

CONFIG: JsonObject = {
    "id": "sig-1",
    "name": "web__7",
    "description": "ours",
    "strategy": {"risk": 100, "onDemandCount": None},
    "compute": {"launchSpecification": {"imageId": "ami-1", "userData": "c2VjcmV0", "shutdownScript": "Ynll"}},
    "tags": [{"tagKey": "a", "tagValue": None}],
}


def test_a_diff_shows_what_differs_and_hashes_user_data() -> None:
    launch: JsonObject = {"imageId": "ami-2", "userData": "c2VjcmV0Mg==", "shutdownScript": "Ynll"}
    diff = config_diff(CONFIG, {**CONFIG, "id": "sig-2", "compute": {"launchSpecification": launch}})
    changed = [line for line in diff.splitlines() if line[0] in "+-" and line[:3] not in {"+++", "---"}]
    assert changed[:2] == ['-      "imageId": "ami-1",', '+      "imageId": "ami-2",']
    assert [line.split('"')[3][:7] for line in changed[2:]] == ["sha256:", "sha256:"]
    assert "c2VjcmV0" not in diff
    assert "Ynll" not in diff


def test_a_diff_shows_keys_and_tokens_of_integrations_as_hashes() -> None:
    rancher: JsonObject = {"accessKey": "AKRANCHER", "secretKey": "s3cr3t-value", "masterHost": "h"}
    others: JsonObject = {"nomad": {"aclToken": "t0ken-value"}, "chef": {"pemKeys": ["p3m-value"]}}
    diff = config_diff({**CONFIG, "thirdPartiesIntegration": {"rancher": rancher, **others}}, CONFIG)
    assert '"masterHost": "h"' in diff
    assert diff.count("sha256:") == 4
    assert not any(secret in diff for secret in ("AKRANCHER", "s3cr3t-value", "t0ken-value", "p3m-value"))


def test_a_diff_writes_letters_as_they_are() -> None:
    assert '"tagValue": "schlüssel\u2028wort"' in config_diff({}, {"tags": [{"tagValue": "schlüssel\u2028wort"}]})


def test_what_spot_fills_in_is_no_difference() -> None:
    new: JsonObject = {
        "name": "web__7",
        "strategy": {"risk": 100},
        "compute": CONFIG["compute"],
        "tags": [{"tagKey": "a"}],
    }
    assert config_diff(CONFIG, new) == ""
