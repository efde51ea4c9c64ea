from spotaction.github.summary.problems import render_problems
from spotaction.model.errors import Problem, SourceLocation


def place(file: str, line: int) -> SourceLocation:
    return SourceLocation(file, line, 3)


def test_the_way_out_comes_first_and_the_place_last() -> None:
    problem = Problem("unknown key 'rsik'", "group.strategy", place("deploy/group.json", 8), "did you mean 'risk'?")
    assert render_problems([problem]) == (
        "1. **Did you mean 'risk'?** Unknown key 'rsik'<br>`group.json:8:3` `group.strategy`\n"
    )


def test_a_problem_in_many_places_is_one_line_with_their_number() -> None:
    many = [Problem("is missing", f"spec.{n}", place("a.yaml", n), "add it") for n in range(1, 11)]
    assert render_problems(many) == (
        "1. **Add it.** Is missing (10 times)<br>`a.yaml:1:3` `spec.1`, `a.yaml:2:3` `spec.2`, `a.yaml:3:3` `spec.3`, "
        "`a.yaml:4:3` `spec.4`, `a.yaml:5:3` `spec.5` and 5 more\n"
    )


def test_an_input_is_named_where_the_problem_says_what_it_is() -> None:
    missing = Problem("is missing", "spot-token", hint="pass it from a secret")
    assert render_problems([missing]) == "1. **Pass it from a secret.** `spot-token` is missing\n"


def test_an_example_does_not_come_before_the_problem_that_it_explains() -> None:
    problem = Problem("'ami-x' is not an AMI id", "ami-id", hint="for example ami-0123456789abcdef0")
    assert render_problems([problem]) == (
        "1. **'ami-x' is not an AMI id** (for example ami-0123456789abcdef0)<br>`ami-id`\n"
    )


def test_files_of_one_name_keep_their_folders() -> None:
    found = render_problems([Problem("x", "", place("a/s.yaml", 1)), Problem("y", "", place("b/s.yaml", 2))])
    assert found == "1. **X**<br>`a/s.yaml:1:3`\n2. **Y**<br>`b/s.yaml:2:3`\n"


def test_of_very_many_problems_the_rest_is_in_the_log() -> None:
    found = render_problems([Problem(f"problem {n}", "x") for n in range(250)])
    assert found.endswith("\n_50 more are in the log._\n")
