from dataclasses import replace

import pytest

from spotaction.checks.templates import ValuelessError, fill_template, names_variable, read_template
from spotaction.model.check_kinds import CheckKind, HttpCheck, PrometheusCheck
from spotaction.model.checks import Subject
from spotaction.model.errors import InvalidError
from spotaction.model.resources import Image, ImageId, TargetGroupArn
from tests.support.query_checks import OTHER_GREEN, release


def fill(text: str, subject: Subject | None = None) -> str:
    return fill_template(read_template(text), subject or release(), window=299.9)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{app}} {{ environment }} {{region}} {{step}}", "web prod us-east-1 shift-10"),
        ("{{image}} {{image.name}} {{old.image}}", "ami-2 web-2 ami-1"),
        ("{{new.group}} {{new.group.name}} {{old.group}} {{old.group.name}}", "sig-new web__STAGE sig-old web"),
        ("{{new.target-group}} {{old.target-group}}", "targetgroup/green/2 targetgroup/blue/1"),
        ("{{new.target-group.arn}}", "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/green/2"),
        ("{{load-balancer}}", "app/web-alb/1"),
        ('up{instance=~"{{new.ips}}:9100"}', 'up{instance=~"(10[.]0[.]0[.]1|10[.]0[.]0[.]2):9100"}'),
        ("{{new.instances}}", "(i-1|i-2)"),
        ("rate(x[{{window}}])", "rate(x[299s])"),
        ("{{new.target-group.1}}{{load-balancer.1}}", "targetgroup/green/2app/web-alb/1"),
        ('sum(x{a="b"}) > {1}', 'sum(x{a="b"}) > {1}'),
    ],
)
def test_variables_have_the_values_of_the_release(text: str, filled: str) -> None:
    assert fill(text) == filled


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("{{new.grop}}", "{{new.grop}} is not a variable of checks", "did you mean 'new.group'?"),
        ("{{window.2}}", "{{window.2}} is not a variable of checks", "did you mean 'window'?"),
        ("{{image.2}}", "{{image.2}} is not a variable of checks", "did you mean 'image'?"),
        ("{{new.ips.1}}", "{{new.ips.1}} is not a variable of checks", "did you mean 'new.ips'?"),
        ("{{}}", "{{}} is not a variable of checks", "there are app, environment, image"),
        ("{{new.group}", "{{ has no }}", "a variable is for example {{new.group}}"),
        ("${{ github.sha }}", "${{ github.sha }} is an expression of GitHub", "in the workflow's own file only"),
    ],
)
def test_a_variable_that_does_not_exist_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read_template(text)
    (problem,) = caught.value.problems
    assert problem.message == message
    assert hint in problem.hint


@pytest.mark.parametrize(
    ("text", "changes", "message"),
    [
        ("{{new.group}}", {"new": None}, "{{new.group}} has no value for this release yet"),
        ("{{new.ips}}", {"private_ips": ()}, "{{new.ips}} has no value for this release yet"),
        ("{{image.name}}", {"app": "web"}, ""),
        ("{{load-balancer}}", {"production": ()}, "{{load-balancer}} has no value for this release yet"),
        (
            "{{new.target-group}}",
            {"new_target_groups": (TargetGroupArn("arn:1:targetgroup/a/1"), OTHER_GREEN)},
            "{{new.target-group}} has 2 values: write {{new.target-group.1}} for the first",
        ),
        ("{{new.target-group.2}}", {}, "{{new.target-group.2}} has no value: there is 1"),
        ("{{app}}", {"app": 'x"} or vector(0) or {a="'}, "the value of {{app}} has a quote, a brace or another"),
        ("{{app}}", {"app": "x\ny"}, "the value of {{app}} has a quote, a brace or another"),
        ("{{app}}" * 10, {"app": "x" * 2000}, "the query with its values is longer than 16384 characters"),
    ],
)
def test_a_variable_without_a_value_that_can_be_used_is_said(
    text: str, changes: dict[str, object], message: str
) -> None:
    if not message:
        assert fill(text) == "web-2"
        return
    with pytest.raises(ValuelessError) as caught:
        fill(text, replace(release(), **changes))  # type: ignore[arg-type]
    assert message in str(caught.value)


def test_one_of_several_values_is_named_by_its_number() -> None:
    both = replace(release(), new_target_groups=(*release().new_target_groups, OTHER_GREEN))
    assert fill("{{new.target-group.2}}", both) == "targetgroup/green-2/3"


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        (PrometheusCheck("http://p", "up{i=~'{{ new.ips }}'}", "result > 0"), True),
        (HttpCheck(url="http://p", headers={"X-Ips": "{{new.ips}}"}), True),
        (PrometheusCheck("http://p", "up{i=~'new.ips'} {{new.instances}}", "result > 0"), False),
    ],
)
def test_what_costs_a_call_is_only_looked_up_where_it_is_named(kind: CheckKind, named: bool) -> None:  # noqa: FBT001
    assert names_variable(kind, "new.ips") == named


def test_in_a_regular_expression_a_value_stands_for_itself() -> None:
    subject = replace(release(), image=Image(ImageId("ami-2"), "web 1.2 (build [5])"))
    filled = fill_template("^{{image.name}} {{new.ips}}$", subject, window=0.0, as_pattern=True)
    assert filled == r"^web 1\.2 \(build \[5\]\) (10[.]0[.]0[.]1|10[.]0[.]0[.]2)$"
