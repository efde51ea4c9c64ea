"""Which rule of a listener takes a request."""

from urllib.parse import urlsplit

import pytest

from spotaction.checks.http.rules import RequestLine, find_rule, name_host
from spotaction.model.ports import Endpoint, ListenerRule, RuleCondition
from spotaction.model.resources import RuleArn

OWN, DEFAULT = RuleArn("own"), RuleArn("default")


def line(
    url: str = "https://www.example.com:8443/health?a=1&b=Two&c", method: str = "GET", **headers: str
) -> RequestLine:
    return RequestLine.of(method, urlsplit(url), {name.replace("_", "-"): value for name, value in headers.items()})


def taken(asked: RequestLine, *conditions: RuleCondition, own: RuleArn = OWN) -> bool:
    rules = (ListenerRule(OWN, conditions, None), ListenerRule(DEFAULT, (), None))
    found = find_rule(Endpoint("web", "web.test", 443, "HTTPS", internal=False, rules=rules), asked, own)
    assert found is not None
    return found.rule == OWN


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        (RuleCondition("host-header", ("api.example.com", "WWW.example.com")), True),
        (RuleCondition("host-header", ("*.example.com",)), True),
        (RuleCondition("host-header", ("w?w.example.com",)), True),
        (RuleCondition("host-header", ("?.example.com",)), False),
        (RuleCondition("host-header", ("www.example.com:8443",)), False),
        (RuleCondition("host-header", ("wwwxexample.com",)), False),
        (RuleCondition("host-header", (), ("^www\\.",)), True),
        (RuleCondition("host-header", (), ("(?=never)",)), False),
        (RuleCondition("path-pattern", ("/health",)), True),
        (RuleCondition("path-pattern", ("/h*",)), True),
        (RuleCondition("path-pattern", ("/HEALTH",)), False),
        (RuleCondition("path-pattern", ("/health?*",)), False),
        (RuleCondition("path-pattern", ("/[gh]ealth",)), False),
        (RuleCondition("path-pattern", (), ("^/hea",)), True),
        (RuleCondition("http-request-method", ("POST", "GET")), True),
        (RuleCondition("http-request-method", ("POST",)), False),
        (RuleCondition("http-header", ("yes",), name="X-STAGE"), True),
        (RuleCondition("http-header", ("no*",), name="X-Stage"), False),
        (RuleCondition("http-header", ("*",), name="X-Other"), True),
        (RuleCondition("query-string", ("A=1",)), True),
        (RuleCondition("query-string", ("=two",)), True),
        (RuleCondition("query-string", ("=a",)), False),
        (RuleCondition("query-string", ("b=t*",)), True),
        (RuleCondition("query-string", ("d=*",)), False),
        (RuleCondition("source-ip"), True),
    ],
)
def test_a_condition_is_met_as_elb_says(condition: RuleCondition, met: bool) -> None:  # noqa: FBT001 - a table
    assert taken(line(x_stage="YES"), condition) is met


def test_all_conditions_have_to_be_met() -> None:
    host, path = RuleCondition("host-header", ("*.example.com",)), RuleCondition("path-pattern", ("/api",))
    assert not taken(line(), host, path)


def test_where_a_request_comes_from_is_assumed_for_the_own_rule_alone() -> None:
    assert taken(line(), RuleCondition("source-ip"))
    assert not taken(line(), RuleCondition("source-ip"), own=RuleArn("another"))


def test_a_host_among_the_headers_counts_and_its_port_does_not() -> None:
    condition = RuleCondition("host-header", ("shop.test",))
    assert taken(line(host="shop.test"), condition)
    assert taken(line(Host="shop.test:99"), condition)
    assert not taken(line(host="[::1]:99"), condition)


def test_a_url_without_a_path_asks_for_the_root() -> None:
    assert taken(line("https://www.example.com"), RuleCondition("path-pattern", ("/",)))


def test_a_listener_without_rules_takes_everything() -> None:
    nothing = Endpoint("web", "web.test", 443, "TCP", internal=False, rules=())
    assert find_rule(nothing, line(), OWN) is None


def test_a_host_with_wildcards_names_nothing() -> None:
    def named(*hosts: str) -> str:
        return name_host(ListenerRule(OWN, (RuleCondition("host-header", hosts),), None))

    assert [named("*.a.test", "w?w.a.test", "b.test"), named("*.a.test"), named()] == ["b.test", "", ""]
