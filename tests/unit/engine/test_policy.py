"""Policies: rules over the plan, and each broken rule reported with its place."""

from dataclasses import replace
from pathlib import Path

import pytest

from spotaction.documents.policy_file import load_rules
from spotaction.engine.plan_recorder import PlannedCall
from spotaction.engine.policy import PlanFacts, broken_rules, plan_document
from spotaction.model.deployment import Deployment, GroupRef, Run, Snapshot
from spotaction.model.errors import SourceLocation
from spotaction.model.policy import EnforcedRule, PolicyRule
from spotaction.model.resources import AppName, Capacity, GroupId, Image, ImageId, JsonObject

ROOT = Path(__file__).parents[3]
DELETES: JsonObject = {"properties": {"action": {"const": "delete-group"}}, "required": ["action"]}
ACTS = (
    PlannedCall("POST /aws/ec2/group", "web_prod__8", {"group": "web_prod__8"}, "setup"),
    PlannedCall("web_prod__8 steady", "3 of 3 healthy", step="deploy", waits=True),
    PlannedCall(
        "PUT /aws/ec2/group/{id}/capacity",
        "sig-7",
        {"group": "web_prod__7", "capacity": {"minimum": 0, "target": 0, "maximum": 0}},
        "deploy",
    ),
    PlannedCall("DELETE /aws/ec2/group/{id}", "sig-4", {"group": "web_prod__4"}, "deploy"),
    PlannedCall("ModifyRule", "arn:rule", {"forward": [{"targetGroup": "arn:green", "weight": 1}]}, "swap"),
)
DEPLOYMENT = Deployment(
    app=AppName("web_prod"),
    strategy="basic",
    run=Run(),
    image=Image(ImageId("ami-2"), "web-2", architecture="arm64", owner="111122223333", tags={"Application": "web"}),
    capacity=Capacity(2, 3, 6),
    snapshot=Snapshot(GroupRef(GroupId("sig-7"), "web_prod__7", Capacity(1, 2, 3))),
)
CONFIG: JsonObject = {"compute": {"launchSpecification": {"imageId": "ami-2", "userData": "c2VjcmV0"}}}
AMI: JsonObject = {"name": "web-2", "owner": "111122223333", "architecture": "arm64"}
FOUND = PlanFacts(CONFIG, "prod", AMI, {"placementScore": 9})
PLAN = plan_document(DEPLOYMENT, ACTS, FOUND)


def rule(
    schema: JsonObject,
    *,
    denies: bool = True,
    whole: bool = False,
    environments: tuple[str, ...] = (),
    strategies: tuple[str, ...] = (),
) -> PolicyRule:
    return PolicyRule("r", SourceLocation("p.yaml", 2, 5), schema, denies, whole, environments, strategies, "ask first")


def said(*rules: PolicyRule, steps: frozenset[str] = frozenset()) -> tuple[str, ...]:
    return broken_rules([EnforcedRule(each, steps) for each in rules], PLAN)


def test_a_rule_sees_names_calls_capacities_and_the_image_and_no_user_data() -> None:
    assert plan_document(DEPLOYMENT, ACTS[2:4], FOUND) == {
        "app": "web_prod",
        "environment": "prod",
        "strategy": "basic",
        "image": "ami-2",
        "ami": {"id": "ami-2", "name": "web-2", "owner": "111122223333", "architecture": "arm64"},
        "capacity": {"minimum": 2, "target": 3, "maximum": 6},
        "old": {"id": "sig-7", "name": "web_prod__7", "capacity": {"minimum": 1, "target": 2, "maximum": 3}},
        "new": {"compute": {"launchSpecification": {"imageId": "ami-2"}}},
        "preflight": {"placementScore": 9},
        "acts": [
            {
                "step": "deploy",
                "action": "scale-group",
                "call": "PUT /aws/ec2/group/{id}/capacity",
                "subject": "sig-7",
                "group": {"id": "sig-7", "name": "web_prod__7"},
                "capacity": {"minimum": 0, "target": 0, "maximum": 0},
            },
            {
                "step": "deploy",
                "action": "delete-group",
                "call": "DELETE /aws/ec2/group/{id}",
                "subject": "sig-4",
                "group": {"id": "sig-4", "name": "web_prod__4"},
            },
        ],
    }


def test_what_is_denied_is_told_with_rule_change_and_place() -> None:
    assert said(rule(DELETES)) == (
        "p.yaml:2:5: rule r denies delete-group web_prod__4 (sig-4) in step deploy: ask first",
    )


def test_what_is_required_is_required_of_every_act() -> None:
    emptied: JsonObject = {"properties": {"capacity": {"properties": {"target": {"minimum": 1}}}}}
    assert said(rule(emptied, denies=False)) == (
        "p.yaml:2:5: rule r is violated by scale-group web_prod__7 (sig-7) to 0/0/0 in step deploy: ask first",
    )
    routed: JsonObject = {"properties": {"action": {"not": {"const": "change-route"}}}}
    assert said(rule(routed, denies=False)) == (
        "p.yaml:2:5: rule r is violated by change-route arn:rule in step swap: ask first",
    )


def test_a_rule_may_be_about_the_plan() -> None:
    owned: JsonObject = {"properties": {"ami": {"properties": {"owner": {"const": "999999999999"}}}}}
    assert said(rule(owned, denies=False, whole=True)) == ("p.yaml:2:5: rule r is violated by the plan: ask first",)
    many: JsonObject = {"properties": {"acts": {"minItems": 5}}}
    assert said(rule(many, whole=True)) == ()


@pytest.mark.parametrize(
    ("environments", "strategies", "counts"),
    [
        ((), (), True),
        (("prod", "stage"), (), True),
        (("stage",), (), False),
        ((), ("basic",), True),
        ((), ("blue-green",), False),
        (("prod",), ("canary",), False),
    ],
)
def test_a_rule_counts_where_it_says(
    environments: tuple[str, ...], strategies: tuple[str, ...], *, counts: bool
) -> None:
    assert bool(said(rule(DELETES, environments=environments, strategies=strategies))) is counts


def test_the_rules_of_a_step_are_about_what_that_step_does() -> None:
    assert said(rule(DELETES), steps=frozenset({"setup"})) == ()
    assert len(said(rule(DELETES), steps=frozenset({"setup", "deploy"}))) == 1


@pytest.mark.parametrize(
    ("call", "action"),
    [
        ("POST /aws/ec2/group", "create-group"),
        ("PUT /aws/ec2/group/{id}/capacity", "scale-group"),
        ("PUT /aws/ec2/group/{id}", "update-group"),
        ("DELETE /aws/ec2/group/{id}", "delete-group"),
        ("POST /aws/ec2/group/{id}/suspension", "suspend-scaling"),
        ("DELETE /aws/ec2/group/{id}/suspension", "resume-scaling"),
        ("ModifyRule", "change-route"),
        ("ModifyListener", "change-route"),
        ("SomethingNew", "SomethingNew"),
    ],
)
def test_every_write_has_the_action_that_deny_rules_name(call: str, action: str) -> None:
    """An action under another name would pass every rule that denies it."""
    plan = plan_document(DEPLOYMENT, [PlannedCall(call, "sig-7", step="deploy")], FOUND)
    assert plan["acts"] == [{"step": "deploy", "action": action, "call": call, "subject": "sig-7"}]
    denied = EnforcedRule(rule({"properties": {"action": {"const": action}}, "required": ["action"]}))
    assert len(broken_rules([denied], plan)) == 1


def test_the_plan_of_a_first_deployment_has_no_old_group_and_no_fact_that_is_not_known() -> None:
    first = replace(DEPLOYMENT, snapshot=Snapshot(), capacity=None)
    assert plan_document(first, (), PlanFacts({"tags": [{"userData": "c2VjcmV0", "name": "a"}]}, "prod")) == {
        "app": "web_prod",
        "environment": "prod",
        "strategy": "basic",
        "image": "ami-2",
        "ami": {"id": "ami-2"},
        "capacity": None,
        "old": None,
        "new": {"tags": [{"name": "a"}]},
        "preflight": {},
        "acts": [],
    }


def test_a_rule_without_a_message_says_no_more_than_that_it_is_broken() -> None:
    silent = replace(rule(DELETES), message="")
    assert said(silent) == ("p.yaml:2:5: rule r denies delete-group web_prod__4 (sig-4) in step deploy",)


def test_the_example_is_kept_by_a_deployment_that_leaves_small_groups_alone() -> None:
    assert said(*load_rules("examples/policies/production.yaml", workspace=ROOT)) == ()
