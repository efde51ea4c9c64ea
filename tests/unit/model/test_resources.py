from spotaction.model.resources import ListenerArn, RuleArn, listener_of, spot_console_url
from tests.support.fakes import BLUE, HEAD, route


def test_the_listener_of_a_rule_is_in_its_arn() -> None:
    rule = route((BLUE, 1))
    assert listener_of(rule.rule) == rule.listener
    assert listener_of(RuleArn(f"{HEAD}listener-rule/net/x/1/2/3")) == ListenerArn(f"{HEAD}listener/net/x/1/2")


def test_a_group_is_found_in_the_spot_console() -> None:
    assert spot_console_url("sig-1") == "https://console.spotinst.com/#/aws/ec2/elastigroup/view/sig-1"


def test_a_foreign_id_cannot_leave_its_place_in_a_link() -> None:
    expected = "https://console.spotinst.com/#/aws/ec2/elastigroup/view/a%29%20%5Bb%5D%28%2F%2Fevil"
    assert spot_console_url("a) [b](//evil") == expected
