"""Real traffic: what HAProxy is told for rules, weights and conditions, without running it."""

from pathlib import Path

import pytest

from spotaction.sandbox.traffic.haproxy_config import (
    ListenerSpec,
    RuleSpec,
    TargetGroupSpec,
    backend_name,
    map_entries,
    write_config,
)
from spotaction.sandbox.traffic.load import Answer
from spotaction.sandbox.traffic.routing import Forward, Routing, TargetPart
from spotaction.sandbox.traffic.tally import Applied, Share, dropped, shares, wrong_after
from spotaction.sandbox.types import InstanceId, RuleArn, TargetGroupArn

BLUE = TargetGroupArn("arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/web-blue/b1")
GREEN = TargetGroupArn("arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/web-green/e1")
RULE = RuleArn("arn:aws:elasticloadbalancing:us-east-1:111122223333:listener-rule/app/web/a1/11/c1")


def test_the_numbers_of_a_rule_are_shared_out_by_weight() -> None:
    entries = map_entries({BLUE: 90, GREEN: 10})

    assert entries == [("0:899", "targetgroup_web-blue_b1"), ("900:999", "targetgroup_web-green_e1")]


@pytest.mark.parametrize("weights", [{BLUE: 1, GREEN: 2}, {BLUE: 999, GREEN: 1}, {BLUE: 7, GREEN: 13}])
def test_every_number_belongs_to_one_target_group(weights: dict[TargetGroupArn, int]) -> None:
    ranges = [key.split(":") for key, _ in map_entries(weights)]

    assert [number for first, last in ranges for number in range(int(first), int(last) + 1)] == list(range(1000))


def test_a_target_group_of_weight_0_gets_no_number() -> None:
    assert map_entries({BLUE: 0, GREEN: 5}) == [("0:999", backend_name(GREEN))]
    assert map_entries({BLUE: 0, GREEN: 0}) == []


def test_the_rules_of_a_listener_are_tried_by_priority_and_the_default_rule_last() -> None:
    rules = (RuleSpec(RULE, (("host-header", ("shop.example.com", "*.shop.example.com")),)), RuleSpec("x/y/z/d1", ()))
    text = write_config(
        Path("/run"), [ListenerSpec("127.1.1.1", 8080, rules)], [TargetGroupSpec(BLUE, sticky=True)], timeout=30
    )

    chosen = [line.strip() for line in text.splitlines() if "set-var(txn.rule)" in line]
    head = "http-request set-var(txn.rule) str(11-c1) if !{ var(txn.rule) -m found }"
    hosts = r"'^shop\.example\.com$' '^.*\.shop\.example\.com$'"
    assert chosen == [
        f"{head} {{ req.hdr(host),host_only,lower -m reg {hosts} }}",
        "http-request set-var(txn.rule) str(z-d1) if !{ var(txn.rule) -m found }",
    ]
    assert "  cookie AWSALB insert indirect nocache dynamic" in text.splitlines()


def test_a_condition_that_real_traffic_does_not_know_is_refused() -> None:
    rules = (RuleSpec(RULE, (("source-ip", ("10.0.0.0/8",)),)),)

    with pytest.raises(ValueError, match="conditions on source-ip; use host-header or path-pattern"):
        write_config(Path("/run"), [ListenerSpec("127.1.1.1", 8080, rules)], [], timeout=30)


def test_a_share_is_expected_by_weights_and_by_the_targets_that_receive() -> None:
    old, new = InstanceId("i-old"), InstanceId("i-new")
    draining = {old: TargetPart(80, receives=False), new: TargetPart(80, receives=True)}
    both = {old: TargetPart(80, receives=True), new: TargetPart(80, receives=True)}
    images = {old: "ami-old", new: "ami-new"}

    def expect(
        weights: dict[TargetGroupArn, int], targets: dict[TargetGroupArn, dict[InstanceId, TargetPart]]
    ) -> float:
        routing = Routing({RULE: Forward(weights, sticky=False)}, targets)
        return Applied(0, 0, routing, images).expected_share(RULE, "ami-new")

    assert expect({BLUE: 3, GREEN: 1}, {BLUE: {old: both[old]}, GREEN: {new: both[new]}}) == 25
    assert expect({BLUE: 1}, {BLUE: both}) == 50
    assert expect({BLUE: 1}, {BLUE: draining}) == 100
    assert expect({BLUE: 1}, {BLUE: {}}) == 0


def test_what_no_instance_answered_was_dropped_and_an_error_of_the_release_was_not() -> None:
    answers = [
        answered(1, status=200, version="ami-old"),
        answered(2, status=500, version="ami-new"),
        answered(3, status=503),
        answered(4, status=0, error="ConnectionResetError: reset"),
    ]

    assert dropped(answers) == {"status 503": 1, "ConnectionResetError: reset": 1}
    assert wrong_after(answers, 0.5, "ami-new") == 1
    assert wrong_after(answers, 1, "ami-new") == 0


def test_shares_are_counted_where_one_expectation_holds() -> None:
    routing = Routing(
        {RULE: Forward({BLUE: 1}, sticky=False)}, {BLUE: {InstanceId("i-new"): TargetPart(80, receives=True)}}
    )
    applied = [Applied(0, 10, routing, {InstanceId("i-new"): "ami-new"}), Applied(2000, 2001, routing, {})]
    answers = [answered(moment, status=200, version="ami-new" if moment % 4 else "ami-old") for moment in range(2000)]

    assert shares(answers, applied, RULE, "ami-new") == [Share(100.0, 100 * 1492 / 1989, 1989)]


def answered(began: float, *, status: int, version: str = "", error: str = "") -> Answer:
    return Answer(began, began + 0.5, "kept", status, version, "", "", 0.0, error)
