"""Every form of rule: a deployment changes where it forwards, and nothing else; a rollback leaves no trace."""

import copy
from collections.abc import Mapping
from pathlib import Path

import pytest

from spotaction.cloud.clock import Cancellation
from tests.support.action import JSON, QUICK, stand
from tests.support.sites import BALANCER, BLUE, RULE, RULE_ARN, SPLIT, Site, shift, swap

CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/12345678"
OIDC = {
    "Type": "authenticate-oidc",
    "Order": 1,
    "AuthenticateOidcConfig": {
        "Issuer": "https://login.example.com",
        "AuthorizationEndpoint": "https://login.example.com/authorize",
        "TokenEndpoint": "https://login.example.com/token",
        "UserInfoEndpoint": "https://login.example.com/user",
        "ClientId": "web",
        "ClientSecret": "hidden",
        "Scope": "openid",
        "OnUnauthenticatedRequest": "authenticate",
    },
}
COGNITO = {
    "Type": "authenticate-cognito",
    "Order": 1,
    "AuthenticateCognitoConfig": {
        "UserPoolArn": "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_a",
        "UserPoolClientId": "web",
        "UserPoolDomain": "login",
    },
}


def without_forward(rules: Mapping[str, JSON]) -> dict[str, JSON]:
    """Everything about the rules except for where they forward."""
    found = copy.deepcopy(dict(rules))
    for rule in found.values():
        for action in rule["actions"]:
            if action["Type"] == "forward":
                action.pop("TargetGroupArn", None)
                del action["ForwardConfig"]
    return found


SWAPS: Mapping[str, tuple[Site, str, str]] = {
    "a rule": (Site(), swap(), "web-alb:443/10"),
    "a default rule": (Site(rule=None), swap(""), "web-alb:443/default"),
    "a default rule by its ARN": (
        Site(rule=None, default={**BLUE, "id": "d1d1d1d1d1d1d1d1"}),
        swap(RULE_ARN.replace(RULE, "d1d1d1d1d1d1d1d1")),
        "web-alb:443/default",
    ),
    "OIDC before the forward": (
        Site(
            rule={"actions": [OIDC, {"Type": "forward", "Order": 2, "TargetGroupArn": "web-blue"}]},
            listener={"protocol": "HTTPS", "certificate": CERTIFICATE},
        ),
        swap(),
        "web-alb:443/10",
    ),
    "Cognito before the forward of a default rule": (
        Site(
            rule=None,
            default={"actions": [COGNITO, {"Type": "forward", "Order": 2, "TargetGroupArn": "web-blue"}]},
            listener={"protocol": "HTTPS", "certificate": CERTIFICATE},
        ),
        swap(""),
        "web-alb:443/default",
    ),
    "a weighted rule": (Site(rule={"forward": SPLIT}), swap(), "web-alb:443/10"),
    "a weight of one target group": (
        Site(rule={"forward": [{"target-group": "web-blue", "weight": 7}]}),
        swap(),
        "web-alb:443/10",
    ),
    "a sticky rule": (
        Site(rule={"forward": {"target-groups": SPLIT, "stickiness": 600}}),
        swap(),
        "web-alb:443/10",
    ),
    "an HTTPS listener": (
        Site(rule=None, listener={"protocol": "HTTPS", "certificate": CERTIFICATE}),
        swap(""),
        "web-alb:443/default",
    ),
    "a rule behind 120 others": (
        Site(more=[{"priority": 100 + n, "path": f"/{n}/*", "forward": "web-green"} for n in range(120)]),
        swap(),
        "web-alb:443/10",
    ),
    "a rule in other letter case": (Site(), swap(RULE_ARN.replace(RULE, RULE.upper())), "web-alb:443/10"),
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("form", SWAPS)
def test_a_swap_changes_only_where_a_rule_forwards(tmp_path: Path, form: str) -> None:
    site, balancers, reference = SWAPS[form]
    with stand("blue-green", tmp_path, site.scenario()) as box:
        before = box.rules()
        result = box.run(load_balancers=balancers, downsize_old="after 0s")

        assert result.outputs["status"] == "deployed", result.log
        after = box.rules()
        assert without_forward(after) == without_forward(before)
        assert {name for name in after if after[name] != before[name]} == {reference, "web-alb:8443/default"}
        serving = {group for group, weight in box.forwards[reference].items() if weight}
        assert serving == {"web-green"}
        assert box.run(load_balancers=balancers, run_id="4712").outputs["status"] == "unchanged"


#: A lone target group's weight says nothing, so it is not put back.
TRACELESS = [form for form in SWAPS if form != "a weight of one target group"]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("form", TRACELESS)
def test_a_swap_is_rolled_back_without_a_trace(tmp_path: Path, form: str) -> None:
    site, balancers, _ = SWAPS[form]
    with stand("blue-green", tmp_path, site.scenario()) as box:
        before = box.picture()
        stopped = box.run(load_balancers=balancers, until="swap-route")
        assert stopped.outputs["status"] == "stopped", stopped.log
        given = {"load-balancers": balancers, "allow": OTHERS.get(form, "")}
        back = box.run(given, operation="rollback", deployment=stopped.outputs["deployment"])

        assert back.outputs["status"] == "rolled-back", back.log
        assert box.picture() == before


def test_a_rule_of_somebody_else_keeps_the_new_group_in_a_rollback_by_another_run(tmp_path: Path) -> None:
    """Whether it sent requests there before the deployment, nobody can tell any more."""
    site = Site(more=[{"priority": 20, "id": "c2c2c2c2c2c2c2c2", "path": "/new/*", "forward": "web-green"}])
    with stand("blue-green", tmp_path, site.scenario()) as box:
        before = box.picture()
        stopped = box.run(until="stage-setup")
        left = box.run(operation="rollback", run_id="4712")

        assert "rule c2c2c2c2c2c2c2c2 (web-green 100%) sends requests to the new group's target group" in stopped.log
        assert (left.code, left.outputs["status"]) == (4, "rollback-incomplete")
        assert "may not be emptied: web-alb:443 rule c2c2c2c2c2c2c2c2, which this deployment does not move" in left.log
        assert box.capacities()["web_prod__STAGE__Harness"] == "2/3/6"

        back = box.run(operation="rollback", run_id="4713", allow="other-rules")
        assert back.outputs["status"] == "rolled-back", back.log
        assert box.picture() == before


def test_a_rule_that_led_to_the_stage_before_the_deployment_does_not_hold_its_own_rollback_back(tmp_path: Path) -> None:
    site = Site(more=[{"priority": 20, "id": "c2c2c2c2c2c2c2c2", "path": "/new/*", "forward": "web-green"}])
    with stand("blue-green", tmp_path, site.scenario()) as box:
        before = box.picture()
        box.sandbox.add_fault({"match": {"call": "ModifyRule"}, "effect": "aws-error", "code": "AccessDenied"})
        result = box.run()

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before


#: What a run that did not begin the deployment needs to know of rules that are no part of it.
OTHERS = {"a rule behind 120 others": "other-rules"}

SHIFTS: Mapping[str, tuple[Site, str, str]] = {
    "a rule": (Site(rule={"forward": SPLIT}), shift(), "web-alb:443/10"),
    "a default rule": (Site(rule=None, default={"forward": SPLIT}), shift(""), "web-alb:443/default"),
    "OIDC before the forward": (
        Site(
            rule={
                "actions": [
                    OIDC,
                    {
                        "Type": "forward",
                        "Order": 2,
                        "ForwardConfig": {
                            "TargetGroups": [
                                {"TargetGroupArn": "web-blue", "Weight": 100},
                                {"TargetGroupArn": "web-green", "Weight": 0},
                            ]
                        },
                    },
                ]
            },
            listener={"protocol": "HTTPS", "certificate": CERTIFICATE},
        ),
        shift(),
        "web-alb:443/10",
    ),
    "a rule in other letter case": (
        Site(rule={"forward": SPLIT}),
        shift(RULE_ARN.replace(RULE, RULE.upper())),
        "web-alb:443/10",
    ),
    "a rule behind 120 others": (
        Site(
            rule={"forward": SPLIT},
            more=[{"priority": 100 + n, "path": f"/{n}/*", "forward": "web-green"} for n in range(120)],
        ),
        shift(),
        "web-alb:443/10",
    ),
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("form", SHIFTS)
def test_a_shift_changes_only_the_weights(tmp_path: Path, form: str) -> None:
    site, balancers, reference = SHIFTS[form]
    with stand("shift", tmp_path, site.scenario()) as box:
        before = box.picture()
        given = {"load-balancers": balancers, "traffic-weights": "50, 100", "downsize-old": "after 0s"}
        stopped = box.run(given, until="shift-50")
        assert stopped.outputs["status"] == "stopped", stopped.log
        assert box.forwards[reference] == {"web-blue": 50, "web-green": 50}
        assert without_forward(box.rules()) == without_forward(before["rules"])

        allowed = {**given, "allow": OTHERS.get(form, "")}
        back = box.run(allowed, operation="rollback", deployment=stopped.outputs["deployment"])
        assert back.outputs["status"] == "rolled-back", back.log
        assert box.picture() == before

        result = box.run(given)
        assert result.outputs["status"] == "deployed", result.log
        assert box.forwards[reference] == {"web-blue": 0, "web-green": 100}
        assert {name for name, rule in box.rules().items() if rule != before["rules"][name]} == {reference}


def test_two_load_balancers_are_swapped_together(tmp_path: Path) -> None:
    second = {
        "name": "api-alb",
        "id": "b2b2b2b2b2b2b2b2",
        "listeners": [
            {"port": 443, "default": {"forward": "api-blue"}},
            {"port": 8443, "default": {"forward": "api-green"}},
        ],
    }
    names = ("web-blue", "web-green", "api-blue", "api-green")
    ids = dict(
        zip(names, ("b1b1b1b1b1b1b1b1", "e1e1e1e1e1e1e1e1", "1b1b1b1b1b1b1b1b", "1e1e1e1e1e1e1e1e"), strict=True)
    )
    old = {
        "name": "web_prod",
        "image": "ami-0aaaaaaaaaaaaaaa1",
        "capacity": {"minimum": 2, "target": 3, "maximum": 6},
        "target-groups": ["web-blue", "api-blue"],
    }
    changes = {
        "target-groups": [{"name": name, "id": ids[name]} for name in names],
        "elastigroups": [old],
        "production": ["web-alb:443/10", "api-alb:443/default"],
    }
    with stand("blue-green", tmp_path, Site(balancers=[second], changes=changes).scenario()) as box:
        before = box.picture()
        balancers = swap() + swap("", "api-alb")
        result = box.run(load_balancers=balancers, downsize_old="after 0s")

        assert result.outputs["status"] == "deployed", result.log
        assert box.forwards["web-alb:443/10"] == {"web-green": 1}
        assert box.forwards["api-alb:443/default"] == {"api-green": 1}
        assert box.forwards["api-alb:8443/default"] == {"api-blue": 1}
        back = box.run(load_balancers=balancers, operation="rollback")
        assert back.outputs["status"] == "rolled-back", back.log
        assert box.picture() == before


@pytest.mark.sampled
@pytest.mark.parametrize("write", range(1, 7))
@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_two_load_balancers_half_way_are_never_mixed_up(tmp_path: Path, write: int, operation: str) -> None:
    """Killed after some of six writes; where the cloud cannot tell what was where, it is refused, and never guessed."""
    second = {
        "name": "api-alb",
        "id": "b2b2b2b2b2b2b2b2",
        "listeners": [
            {"port": 443, "default": {"forward": "api-blue"}},
            {"port": 8443, "default": {"forward": "api-green"}},
        ],
    }
    old = {
        "name": "web_prod",
        "image": "ami-0aaaaaaaaaaaaaaa1",
        "capacity": {"minimum": 2, "target": 3, "maximum": 6},
        "target-groups": ["web-blue", "api-blue"],
    }
    groups = [("web-blue", "b1" * 8), ("web-green", "e1" * 8), ("api-blue", "1b" * 8), ("api-green", "1e" * 8)]
    changes = {
        "target-groups": [{"name": name, "id": ident} for name, ident in groups],
        "elastigroups": [old],
        "production": ["web-alb:443/10", "api-alb:443/default"],
    }
    with stand("blue-green", tmp_path, Site(balancers=[second], changes=changes).scenario()) as box:
        before = box.picture()
        balancers = swap() + swap("", "api-alb")
        match = {"call": "Modify*", "nth": write}
        box.sandbox.add_fault({"match": match, "effect": "kill"})
        dead = box.run(load_balancers=balancers)
        result = box.run(load_balancers=balancers, operation=operation, attempt="2")
        if result.outputs["status"] == "refused":
            assert "pass the output `deployment`" in result.log
            record = dead.state["deployment"]
            result = box.run(load_balancers=balancers, operation=operation, attempt="3", deployment=record)

        assert result.code == 0, result.log
        if operation == "rollback":
            assert box.picture() == before
        else:
            served = {name: set(box.forwards[name]) for name in ("web-alb:443/10", "api-alb:443/default")}
            assert served == {"web-alb:443/10": {"web-green"}, "api-alb:443/default": {"api-green"}}


#: Where nothing but the rules of the deployment names a target group, it has no health once none of them does.
LONE = Site(rule=None)
TCP = [{"name": n, "id": i, "protocol": "TCP"} for n, i in (("web-blue", "b1" * 8), ("web-green", "e1" * 8))]
NETWORK: JSON = {
    **QUICK,
    "target-groups": TCP,
    "load-balancers": [
        {
            "name": "web-alb",
            "id": BALANCER,
            "type": "network",
            "listeners": [
                {"port": 443, "protocol": "TCP", "default": {"forward": "web-blue"}},
                {"port": 8443, "protocol": "TCP", "default": {"forward": "web-green"}},
            ],
        }
    ],
    "production": ["web-alb:443/default"],
}


@pytest.mark.parametrize(
    ("scenario", "refused"), [(LONE.scenario(), 1), (LONE.scenario(), 2), (LONE.scenario(), 3), (NETWORK, 1)]
)
def test_production_goes_back_to_a_target_group_that_no_other_rule_names(
    tmp_path: Path, scenario: JSON, refused: int
) -> None:
    with stand("blue-green", tmp_path, scenario) as box:
        before = box.picture()
        match = {"call": "ModifyListener", "nth": refused}
        box.sandbox.add_fault({"match": match, "effect": "aws-error", "code": "AccessDenied"})
        result = box.run(load_balancers=swap(""), downsize_old="after 0s")

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before


@pytest.mark.sampled
@pytest.mark.parametrize("write", [1, 2, 3])
@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_a_lone_target_group_is_enough_to_continue_after_a_kill(tmp_path: Path, write: int, operation: str) -> None:
    with stand("blue-green", tmp_path, LONE.scenario()) as box:
        before = box.picture()
        box.sandbox.add_fault({"match": {"call": "ModifyListener", "nth": write}, "effect": "kill"})
        box.run(load_balancers=swap(""))
        result = box.run(load_balancers=swap(""), operation=operation, attempt="2")

        assert result.code == 0, result.log
        if operation == "rollback":
            assert box.picture() == before
        else:
            assert box.forwards["web-alb:443/default"] == {"web-green": 1}
            assert box.forwards["web-alb:8443/default"] == {"web-blue": 1}


@pytest.mark.parametrize("operation", ["continue", "rollback"])
def test_a_cancel_in_the_middle_of_a_lone_swap_can_be_gone_on_from(tmp_path: Path, operation: str) -> None:
    interrupt = Cancellation()
    with stand("blue-green", tmp_path, LONE.scenario(), on_kill=lambda: interrupt.request_cancel("SIGTERM")) as box:
        before = box.picture()
        box.sandbox.add_fault({"match": {"call": "ModifyListener", "nth": 3}, "effect": "kill"})
        cancelled = box.run(load_balancers=swap(""), interrupt=interrupt)
        assert cancelled.outputs["status"] == "cancelled"
        assert box.rules() == before["rules"]
        record = cancelled.state["deployment"]
        result = box.run(load_balancers=swap(""), operation=operation, attempt="2", deployment=record)

        assert result.code == 0, result.log
        assert (box.picture() == before) == (operation == "rollback")


@pytest.mark.parametrize("faulty", ["refused", "killed"])
def test_a_network_load_balancer_goes_back_by_what_spot_says(tmp_path: Path, faulty: str) -> None:
    """Its listener takes one target group, so blue is named by none between two writes, and its health begins anew."""
    with stand("blue-green", tmp_path, NETWORK, lowest=0, because="targets of an unused group begin anew") as box:
        before = box.picture()
        effect = {"effect": "aws-error", "code": "AccessDenied"} if faulty == "refused" else {"effect": "kill-before"}
        box.sandbox.add_fault({"match": {"call": "ModifyListener", "nth": 2}, **effect})
        result = box.run(load_balancers=swap(""))
        if faulty == "killed":
            result = box.run(load_balancers=swap(""), operation="rollback", attempt="2")

        assert result.outputs["status"] == "rolled-back", result.log
        assert box.picture() == before


def test_a_network_load_balancer_is_swapped(tmp_path: Path) -> None:
    with stand("blue-green", tmp_path, NETWORK) as box:
        result = box.run(load_balancers=swap(""), downsize_old="after 0s")

        assert result.outputs["status"] == "deployed", result.log
        assert box.forwards == {"web-alb:443/default": {"web-green": 1}, "web-alb:8443/default": {"web-blue": 1}}


THIRD = {"target-groups": [{"name": n, "id": i} for n, i in (("web-blue", "b1" * 8), ("web-green", "e1" * 8))]}
REFUSED: Mapping[str, tuple[str, Site, str, str]] = {
    "a third target group": (
        "blue-green",
        Site(
            rule={"forward": [*SPLIT, {"target-group": "web-third", "weight": 0}]},
            changes={"target-groups": [*THIRD["target-groups"], {"name": "web-third", "id": "c3" * 8}]},
        ),
        swap(),
        "also names web-third, which is not part of this deployment",
    ),
    "a third target group of a shift": (
        "shift",
        Site(
            rule={"forward": [*SPLIT, {"target-group": "web-third", "weight": 0}]},
            changes={"target-groups": [*THIRD["target-groups"], {"name": "web-third", "id": "c3" * 8}]},
        ),
        shift(),
        "a traffic shift needs exactly two",
    ),
    "one rule for both": (
        "blue-green",
        Site(rule=None, default={**BLUE, "id": "d1d1d1d1d1d1d1d1"}),
        swap(RULE_ARN.replace(RULE, "d1d1d1d1d1d1d1d1")).replace("8443", "443"),
        "they must differ",
    ),
    "one target group for both": ("blue-green", Site(stage=BLUE), swap(), "both forward to web-blue"),
    "a redirect": (
        "blue-green",
        Site(
            rule={"actions": [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Host": "a.example"}}]}
        ),
        swap(),
        "it redirects",
    ),
    "a fixed response": (
        "blue-green",
        Site(rule={"actions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}]}),
        swap(),
        "it answers with a fixed response",
    ),
    "a rule that is not there": (
        "blue-green",
        Site(),
        swap(RULE_ARN.replace(RULE, "f0f0f0f0f0f0f0f0")),
        "does not exist on listener",
    ),
    "a shift in progress": (
        "shift",
        Site(rule={"forward": [{**SPLIT[0], "weight": 50}, {**SPLIT[1], "weight": 50}]}),
        shift(),
        "A traffic shift is in progress",
    ),
    "a rule that serves another group": (
        "blue-green",
        Site(rule={"forward": "web-green"}, stage=BLUE),
        swap(),
        "but web_prod",
    ),
}


@pytest.mark.parametrize("form", REFUSED)
def test_a_rule_that_does_not_fit_is_refused_with_a_reason(tmp_path: Path, form: str) -> None:
    strategy, site, balancers, words = REFUSED[form]
    with stand(strategy, tmp_path, site.scenario(), lowest=0, because="some of these rules serve nobody") as box:
        before = box.picture()
        result = box.run(load_balancers=balancers)

        assert (result.code, result.outputs["status"]) == (3, "refused"), result.log
        assert words in result.log
        assert result.mutations == []
        assert box.picture() == before


@pytest.mark.parametrize("form", ["swap", "shift", "the rule was left out"])
def test_a_rule_that_nobody_moves_is_no_rule_that_is_left_with_nothing(tmp_path: Path, form: str) -> None:
    partner = {"priority": 20, "id": "c2c2c2c2c2c2c2c2", "host": "partner.example.com", **BLUE}
    site = Site(more=[partner], rule={"forward": SPLIT} if form == "shift" else BLUE)
    given = {"swap": swap(), "shift": shift(), "the rule was left out": swap("")}[form]
    strategy = "shift" if form == "shift" else "blue-green"
    with stand(strategy, tmp_path, site.scenario(), lowest=0, because="the last run is told to leave it") as box:
        results = [box.run(load_balancers=given, operation=operation) for operation in ("plan", "deploy")]
        kept = box.run(load_balancers=given, operation="plan", downsize_old="never")
        left = box.run(load_balancers=given, allow="other-rules")

        for result in results:
            assert (result.code, result.outputs["status"], result.mutations) == (3, "refused", [])
            assert "c2c2c2c2c2c2c2c2 (web-blue 100%25), which this deployment does not move." in result.log
            assert "allow: other-rules" in result.log
        assert kept.outputs["status"] == "planned"
        assert (left.code, left.outputs["status"]) == (0, "deployed")
        assert "c2c2c2c2c2c2c2c2 (web-blue 100%)" in left.log


def test_a_default_rule_and_another_port_that_nobody_moves_are_reported(tmp_path: Path) -> None:
    web = {"port": 80, "id": "5555555555555555", "default": {**BLUE, "id": "d5d5d5d5d5d5d5d5"}}
    scenario = Site().scenario()
    scenario["load-balancers"][0]["listeners"].append(web)
    with stand("blue-green", tmp_path, scenario) as box:
        result = box.run(load_balancers=swap())

        assert result.outputs["status"] == "deployed"
        assert "web-alb:443 default rule (web-blue 100%), web-alb:80 default rule (web-blue 100%)" in result.log


def test_default_rules_that_are_moved_are_not_reported(tmp_path: Path) -> None:
    web = {"port": 80, "id": "5555555555555555", "default": {**BLUE, "id": "d5d5d5d5d5d5d5d5"}}
    stage = {"port": 8080, "id": "6666666666666666", "default": {"forward": "web-green", "id": "d6d6d6d6d6d6d6d6"}}
    scenario = Site().scenario()
    scenario["load-balancers"][0]["listeners"] += [web, stage]
    both = f"{swap()}- loadBalancer: web-alb\n  prodListenerPort: 80\n  stageListenerPort: 8080\n"
    with stand("blue-green", tmp_path, scenario) as box:
        result = box.run(load_balancers=both)

        assert result.outputs["status"] == "deployed", result.log
        assert "also receives requests from web-alb:443 default rule (web-blue 100%), which" in result.log
