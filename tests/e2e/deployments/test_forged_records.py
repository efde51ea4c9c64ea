"""A record that somebody else wrote leads to no group and no route that is not of the app."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from tests.support.action import JSON, NEW, OLD, QUICK, ROOT, stand

SHOP: JSON = {
    "name": "shop",
    "image": OLD,
    "created": "2026-11-10T10:00:00Z",
    "capacity": {"minimum": 2, "target": 3, "maximum": 6},
}
FIRST: Mapping[str, str] = {"basic": "setup", "blue-green": "stage-setup", "shift": "stage-setup"}
NO_NAME = "shop ({id}) is not named like this app"
NOT_REPLACED = "shop ({id}) is neither named like this app nor known to have been replaced by it"

Forge = Callable[[JSON, JSON], None]


def with_shop(scenario: str) -> JSON:
    """The demonstration's world with the group of another app beside it."""
    given = yaml.safe_load((ROOT / "examples" / "sandbox" / f"{scenario}.yaml").read_text(encoding="utf-8"))
    return {**QUICK, "elastigroups": [*given["elastigroups"], SHOP]}


def ref(group: JSON, *, target: int = 3) -> JSON:
    capacity = {"minimum": target, "target": target, "maximum": 60}
    return {"id": group["id"], "name": "web_prod", "capacity": capacity, "image": group["image"]}


def as_new(record: JSON, shop: JSON) -> None:
    record["new"] = ref(shop)


def as_the_only_group(record: JSON, shop: JSON) -> None:
    record |= {"new": ref(shop), "snapshot": {"old": None, "routes": []}}


def as_old(record: JSON, shop: JSON) -> None:
    record["snapshot"]["old"] = ref(shop, target=50)
    record["begun"] = ["setup", "deploy"]


def as_old_of_nothing(record: JSON, shop: JSON) -> None:
    as_old(record, shop)
    record["new"] = None


def as_suspended(record: JSON, shop: JSON) -> None:
    record["suspended"] = [shop["id"]]


FORGED: Mapping[str, tuple[Forge, str]] = {
    "new": (as_new, NO_NAME),
    "only-group": (as_the_only_group, NO_NAME),
    "old": (as_old, NOT_REPLACED),
    "old-of-nothing": (as_old_of_nothing, NOT_REPLACED),
    "suspended": (as_suspended, "{id} was not suspended by it"),
}


@pytest.mark.sampled
@pytest.mark.parametrize("operation", ["rollback", "continue"])
@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("scenario", FIRST)
def test_a_record_that_names_the_group_of_another_app_is_refused(
    tmp_path: Path, scenario: str, forged: str, operation: str
) -> None:
    forge, why = FORGED[forged]
    with stand(scenario, tmp_path, with_shop(scenario)) as box:
        record = box.run(until=FIRST[scenario]).record
        (shop,) = box.groups("shop").values()
        before = box.picture()
        forge(record, shop)
        result = box.run(operation=operation, deployment=json.dumps(record), run_id="4712")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert f"does not match web_prod: {why.format(id=shop['id'])}." in result.log
        assert box.picture() == before


def bigger(record: JSON) -> str:
    record["snapshot"]["old"]["capacity"] = {"minimum": 50, "target": 50, "maximum": 60}
    return "has a different old group or capacity"


def forgotten(record: JSON) -> str:
    record["snapshot"]["old"] = None
    return "has a different old group or capacity"


def exchanged(record: JSON) -> str:
    pair = record["snapshot"]["routes"][0]
    pair["prod"]["targets"] = [{"targetGroup": pair["green"], "weight": 100}]
    return "did not forward to web-blue alone"


def third(record: JSON) -> str:
    pair = record["snapshot"]["routes"][0]
    pair["stage"]["targets"] = [{"targetGroup": "targetgroup/shop/0123456789abcdef", "weight": 1}]
    return "did not forward to web-blue alone"


def other_green(record: JSON) -> str:
    pair = record["snapshot"]["routes"][0]
    pair["green"] = "targetgroup/shop/0123456789abcdef"
    pair["stage"]["targets"] = [{"targetGroup": pair["green"], "weight": 1}]
    return "is not attached to shop"


def other_blue(record: JSON) -> str:
    pair = record["snapshot"]["routes"][0]
    pair["blue"] = "targetgroup/shop/0123456789abcdef"
    pair["prod"]["targets"] = [{"targetGroup": pair["blue"], "weight": 1}]
    return "is not attached to shop"


def one_group(record: JSON) -> str:
    record["new"] = record["snapshot"]["old"]
    return "is both the old and the new group"


@pytest.mark.parametrize("forge", [bigger, forgotten, exchanged, third, other_green, other_blue, one_group])
def test_a_record_that_contradicts_the_clouds_is_refused(tmp_path: Path, forge: Callable[[JSON], str]) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        record = box.run(until="stage-setup").record
        before = box.picture()
        why = forge(record)
        result = box.run(operation="rollback", deployment=json.dumps(record), run_id="4712")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
        assert why in result.log
        assert box.picture() == before


def test_an_old_group_of_another_name_is_known_by_the_mark(tmp_path: Path) -> None:
    """`elastigroup-id` may name any group; the mark of the new one tells of it afterwards."""
    with stand("basic", tmp_path, with_shop("basic")) as box:
        (shop,) = box.groups("shop").values()
        stopped = box.run(elastigroup_id=shop["id"], until="setup", instances="min=2,max=6,desired=3")
        result = box.run(operation="rollback", deployment=stopped.outputs["deployment"], run_id="4712")

        assert (result.code, result.outputs["status"]) == (0, "rolled-back"), result.log
        assert stopped.outputs["previous-elastigroup-id"] == shop["id"]
        assert "web_prod__8" not in box.groups()


def forged_from(record: JSON, new: JSON, old: JSON | None = None) -> str:
    """A record of a running deployment that made `new`, and of no rule."""
    begun = ["setup", "deploy"] if new["name"] != "web_prod" else ["stage-setup", "swap-route"]
    forged = {**record, "new": ref(new), "snapshot": {"old": old, "routes": []}, "status": "running"}
    return json.dumps({**forged, "begun": begun, "finished": begun})


@pytest.mark.parametrize("given", ["with-inputs", "with-nothing"])
@pytest.mark.parametrize("scenario", ["basic", "blue-green", "shift"])
def test_a_record_cannot_make_an_unmarked_group_that_serves_its_own(tmp_path: Path, scenario: str, given: str) -> None:
    with stand(scenario, tmp_path, QUICK) as box:
        record = box.run(operation="plan").record
        serving = next(group for group in box.alive() if group["capacity"]["target"] == 3)
        before = box.picture()
        if given == "with-nothing":
            box.inputs = {"aws-region": "us-east-1"}
        result = box.run(operation="rollback", deployment=forged_from(record, serving), run_id="4712")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert f"{serving['name']} ({serving['id']}) has no readable marker of this action" in result.log
        assert "is not deleted by the input deployment alone" in result.log
        assert box.picture() == before


@pytest.mark.parametrize("given", ["with-inputs", "with-nothing"])
@pytest.mark.parametrize("scenario", ["blue-green", "shift"])
def test_a_record_that_leaves_out_the_rules_of_a_deployment_is_refused(
    tmp_path: Path, scenario: str, given: str
) -> None:
    with stand(scenario, tmp_path, QUICK) as box:
        record = box.run().record
        before = box.picture()
        record["snapshot"]["routes"] = []
        if given == "with-nothing":
            box.inputs = {"aws-region": "us-east-1"}
        result = box.run(operation="rollback", deployment=json.dumps(record), run_id="4712")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert "is named as in a blue-green deployment, but it has no rules" in result.log
        assert box.picture() == before


def test_a_record_of_another_rule_than_the_inputs_name_is_refused(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        record = box.run().record
        before = box.picture()
        record["snapshot"]["routes"][0]["prod"]["rule"] = (
            "listener-rule/app/web-alb/a1a1a1a1a1a1a1a1/1111111111111111/d1d1d1d1d1d1d1d1"
        )
        record["snapshot"]["routes"][0]["prod"]["isDefault"] = True
        result = box.run(operation="rollback", deployment=json.dumps(record), run_id="4712")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert "it does not mention the rule of web-alb:443 that load-balancers names" in result.log
        assert box.picture() == before


def test_a_record_of_another_stage_rule_than_the_inputs_name_is_refused(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        record = box.run(downsize_old="never").record
        before = box.picture()
        stage = record["snapshot"]["routes"][0]["stage"]
        stage |= {"rule": stage["rule"].rpartition("/")[0] + "/f1f1f1f1f1f1f1f1", "isDefault": False}
        result = box.run(operation="rollback", deployment=json.dumps(record), run_id="4712")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert "load-balancers does not name web-alb:8443 rule f1f1f1f1f1f1f1f1 as the stage of" in result.log
        assert box.picture() == before


def roles_exchanged(record: JSON) -> str:
    """Production is said to be the listener's default rule, and the rule that serves to be the stage's."""
    pair = record["snapshot"]["routes"][0]
    pair["stage"] = {**pair["prod"], "targets": pair["stage"]["targets"]}
    pair["prod"] = {**pair["prod"], "rule": f"{PROD}/d1d1d1d1d1d1d1d1", "isDefault": True}
    return "load-balancers does not name web-alb:443 default rule, which the record says is production"


def another_rule_shifted(record: JSON) -> str:
    route = record["snapshot"]["routes"][0]["prod"]
    record["touched"] = [{**route, "targets": [{"targetGroup": "targetgroup/shop/0123456789abcdef", "weight": 1}]}]
    return "load-balancers does not name web-alb:443 rule c1c1c1c1c1c1c1c1, which the record says is production"


def gone_without_one_before(record: JSON) -> str:
    pair = record["snapshot"]["routes"][0]
    blue, green = pair["blue"], pair["green"]
    pair |= {"blue": green, "green": blue}
    pair["prod"]["targets"], pair["stage"]["targets"] = pair["stage"]["targets"], pair["prod"]["targets"]
    record["new"]["id"] = "sig-00000000"
    record["snapshot"]["old"] = None
    return "its group no longer exists, and it names no group before that"


PROD = "listener-rule/app/web-alb/a1a1a1a1a1a1a1a1/1111111111111111"


@pytest.mark.parametrize("forge", [roles_exchanged, another_rule_shifted, gone_without_one_before])
def test_a_record_alone_does_not_say_which_rules_are_production(tmp_path: Path, forge: Callable[[JSON], str]) -> None:
    """Without load-balancers nothing but the record would."""
    with stand("blue-green", tmp_path, QUICK) as box:
        record = box.run(downsize_old="never").record
        before = box.picture()
        why = forge(record)
        box.inputs = {"aws-region": "us-east-1"}
        result = box.run(operation="rollback", deployment=json.dumps(record), run_id="4712")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert why in result.log
        assert box.picture() == before


def test_a_standalone_shift_is_undone_where_the_inputs_name_its_rule_alone(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, QUICK) as box:
        record = box.run(until="stage-setup").record
        before = box.picture()
        another_rule_shifted(record)
        result = box.run(operation="rollback", deployment=json.dumps(record), run_id="4712")

        assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", []), result.log
        assert "no step of execution shifts web-alb:443 rule c1c1c1c1c1c1c1c1" in result.log
        assert box.picture() == before


SMALL: JSON = {"minimum": 1, "target": 1, "maximum": 1}


@pytest.mark.parametrize("scenario", FIRST)
def test_a_record_cannot_make_production_smaller_than_in_the_marker(tmp_path: Path, scenario: str) -> None:
    with stand(scenario, tmp_path, QUICK) as box:
        record = box.run(until=FIRST[scenario]).record
        forged = [record | {"capacity": SMALL}, record | {"capacity": SMALL, "status": "unchanged"}]
        refused, ignored = (
            box.run(operation="continue", deployment=json.dumps(each), run_id="4712") for each in forged
        )

        assert (refused.outputs["status"], refused.mutations) == ("refused", [])
        assert "has a different final capacity, 2/3/6" in refused.log
        assert ignored.outputs["status"] == "deployed"
        assert box.production["healthy-now"] == 3


@pytest.mark.parametrize("scenario", ["blue-green", "shift", "basic"])
def test_a_record_that_says_finished_is_not_believed_without_a_look(tmp_path: Path, scenario: str) -> None:
    with stand(scenario, tmp_path, QUICK) as box:
        record = box.run(until=FIRST[scenario]).record
        names = ["stage-setup", "swap-route", "downsize-old", "setup", "deploy", *(f"shift-{n}" for n in (10, 50, 100))]
        record["finished"] = names
        result = box.run(operation="continue", deployment=json.dumps(record), run_id="4712")
        serves = [group["image"] for group in box.alive() if group["capacity"]["target"] > 0]

        assert serves == ([NEW] if result.outputs["status"] == "deployed" else [OLD])
        assert result.outputs["status"] in {"deployed", "rolled-back"}
