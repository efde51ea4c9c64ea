import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.cloud.aws.rule_actions import forward_of, with_forward
from spotaction.model.errors import RefusedError
from spotaction.model.resources import Forward, TargetGroupArn, Weighted

JSON = dict[str, Any]
BLUE, GREEN = (
    TargetGroupArn(f"arn:aws-cn:elasticloadbalancing:x:1:targetgroup/{name}/1") for name in ("blue", "green")
)
SIMPLE: JSON = {"Type": "forward", "TargetGroupArn": BLUE}
ONE: JSON = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": BLUE, "Weight": 7}]}}
BOTH: JSON = {
    "Type": "forward",
    "Order": 1,
    "TargetGroupArn": BLUE,
    "ForwardConfig": {
        "TargetGroups": [{"TargetGroupArn": BLUE, "Weight": 1}],
        "TargetGroupStickinessConfig": {"Enabled": False},
    },
}
SPLIT: JSON = {
    "Type": "forward",
    "Order": 2,
    "ForwardConfig": {
        "TargetGroups": [{"TargetGroupArn": BLUE, "Weight": 95}, {"TargetGroupArn": GREEN, "Weight": 5}],
        "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60},
    },
}
OIDC: JSON = {
    "Type": "authenticate-oidc",
    "Order": 1,
    "AuthenticateOidcConfig": {"Issuer": "https://id.test", "ClientId": "c", "ClientSecret": "s3cret"},
}
COGNITO: JSON = {"Type": "authenticate-cognito", "Order": 1, "AuthenticateCognitoConfig": {"UserPoolArn": "arn:x"}}
JWT: JSON = {"Type": "jwt-validation", "Order": 1, "JwtValidationConfig": {"Issuer": "https://id.test"}}
REDIRECT: JSON = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}
FIXED: JSON = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}


@pytest.mark.parametrize(
    ("actions", "forward"),
    [
        ([SIMPLE], Forward.to_one(BLUE)),
        ([ONE], Forward.to_one(BLUE)),
        ([BOTH], Forward.to_one(BLUE)),
        ([{**SIMPLE, "ForwardConfig": {"TargetGroups": []}}], Forward.to_one(BLUE)),
        ([{**SIMPLE, "ForwardConfig": None}], Forward.to_one(BLUE)),
        ([SPLIT], Forward((Weighted(BLUE, 95), Weighted(GREEN, 5)), 60)),
        ([OIDC, SPLIT], Forward((Weighted(BLUE, 95), Weighted(GREEN, 5)), 60)),
        ([COGNITO, SIMPLE], Forward.to_one(BLUE)),
        ([JWT, BOTH], Forward.to_one(BLUE)),
        (
            [
                {
                    "Type": "forward",
                    "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": BLUE}, {"TargetGroupArn": GREEN}]},
                }
            ],
            Forward((Weighted(BLUE, 1), Weighted(GREEN, 1))),
        ),
        (
            [{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": BLUE, "Weight": 0}]}}],
            Forward((Weighted(BLUE, 0),)),
        ),
    ],
)
def test_every_form_of_a_forward_is_read(actions: list[JSON], forward: Forward) -> None:
    assert forward_of(actions) == forward


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ([REDIRECT], "it redirects"),
        ([OIDC, FIXED], "it answers with a fixed response"),
        ([], "its actions are none"),
        ([OIDC], "its actions are authenticate-oidc"),
        ([SIMPLE, SIMPLE], "it has 2 forwards"),
        ([{"Type": "forward"}], "has no target group"),
    ],
)
def test_a_rule_that_does_not_forward_is_refused_in_words(actions: list[JSON], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        forward_of(actions)
    if actions:
        with pytest.raises(RefusedError, match=words):
            with_forward(actions, Forward.to_one(GREEN))


def test_one_target_is_written_in_the_simple_form() -> None:
    for before in (SIMPLE, ONE):
        assert with_forward([before], Forward.to_one(GREEN)) == ({"Type": "forward", "TargetGroupArn": GREEN},)
    assert with_forward([BOTH], Forward.to_one(GREEN)) == ({"Type": "forward", "Order": 1, "TargetGroupArn": GREEN},)


def test_without_actions_the_forward_is_all() -> None:
    assert with_forward([], Forward.to_one(GREEN)) == ({"Type": "forward", "TargetGroupArn": GREEN},)


def test_weights_and_stickiness_are_written_as_a_config() -> None:
    forward = Forward((Weighted(BLUE, 0), Weighted(GREEN, 100)))
    groups = [{"TargetGroupArn": BLUE, "Weight": 0}, {"TargetGroupArn": GREEN, "Weight": 100}]
    assert with_forward([SPLIT], forward) == (
        {
            "Type": "forward",
            "Order": 2,
            "ForwardConfig": {"TargetGroups": groups, "TargetGroupStickinessConfig": {"Enabled": False}},
        },
    )
    sticky = Forward((Weighted(GREEN, 1),), sticky_seconds=90)
    assert with_forward([SIMPLE], sticky) == (
        {
            "Type": "forward",
            "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": GREEN, "Weight": 1}],
                "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 90},
            },
        },
    )


@pytest.mark.parametrize("auth", [COGNITO, JWT])
def test_authentication_stays_as_it_is(auth: JSON) -> None:
    assert with_forward([auth, SPLIT], Forward.to_one(GREEN)) == (
        auth,
        {"Type": "forward", "Order": 2, "TargetGroupArn": GREEN},
    )


def test_the_oidc_secret_is_left_to_the_load_balancer() -> None:
    written, _ = with_forward([OIDC, SPLIT], Forward.to_one(GREEN))
    assert written == {
        "Type": "authenticate-oidc",
        "Order": 1,
        "AuthenticateOidcConfig": {"Issuer": "https://id.test", "ClientId": "c", "UseExistingClientSecret": True},
    }


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (Forward(()), "has no target group"),
        (Forward((Weighted(BLUE, 0), Weighted(GREEN, 0))), "503"),
        (Forward((Weighted(BLUE, 1000), Weighted(GREEN, 0))), "0 to 999"),
        (Forward((Weighted(BLUE, -1), Weighted(GREEN, 1))), "0 to 999"),
        (Forward((Weighted(BLUE, 1), Weighted(BLUE, 1))), "twice"),
        (Forward(tuple(Weighted(TargetGroupArn(str(n)), 1) for n in range(6))), "allows 5"),
        (Forward((Weighted(BLUE, 1),), 0), "1 to 604800"),
        (Forward((Weighted(BLUE, 1),), 604801), "1 to 604800"),
    ],
)
def test_what_elb_would_refuse_is_not_written(forward: Forward, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        with_forward([SIMPLE], forward)


forwards = st.builds(
    Forward,
    st.lists(st.integers(0, 999), min_size=2, max_size=5)
    .filter(any)
    .map(lambda weights: tuple(Weighted(TargetGroupArn(f"tg-{n}"), w) for n, w in enumerate(weights))),
    st.none() | st.integers(1, 604800),
) | st.sampled_from([Forward.to_one(BLUE), Forward((Weighted(BLUE, 1),), 5)])
befores = st.sampled_from(
    [[*auth, before] for auth, before in itertools.product([[], [OIDC], [JWT]], [SIMPLE, BOTH, SPLIT])]
)


@given(befores, forwards)
def test_what_is_written_is_read_back_and_the_rest_stays(before: list[JSON], forward: Forward) -> None:
    after = with_forward(before, forward)
    assert forward_of(after) == forward
    assert [action["Type"] for action in after] == [action["Type"] for action in before]
    assert [action.get("Order") for action in after] == [action.get("Order") for action in before]
    assert with_forward(after, forward) == after
