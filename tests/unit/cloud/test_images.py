from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spotaction.cloud.aws.image_filters import escape_wildcards, filters_of
from spotaction.cloud.aws.image_names import name_matcher
from spotaction.cloud.aws.images import Ec2Images
from spotaction.documents.patterns import PATTERN_HINT
from spotaction.model.errors import InvalidError, RefusedError
from spotaction.model.ports import ImageQuery
from spotaction.model.preflight import ImageFacts
from spotaction.model.resources import Image, ImageId
from tests.support.aws_adapter import JSON, ScriptedAws, quiet

REGION = "eu-west-1"


@pytest.fixture(scope="module")
def clients() -> Iterator[ScriptedAws]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        quiet(monkeypatch)
        yield ScriptedAws("ec2")  # a client takes half a second to make


@pytest.fixture
def cloud(clients: ScriptedAws) -> ScriptedAws:
    return clients.forget()


def image(number: int, name: str = "web-1", **more: object) -> JSON:
    created = f"2026-11-{10 + number:02}T10:00:00.000Z"
    return {"ImageId": f"ami-{number}", "Name": name, "CreationDate": created, "State": "available", **more}


def answer(*images: JSON, following: str = "") -> JSON:
    return {"Images": list(images), **({"NextToken": following} if following else {})}


def find(cloud: ScriptedAws, **query: Any) -> Image:  # noqa: ANN401  (what ImageQuery takes)
    return Ec2Images(cloud.aws).find(ImageQuery(region=REGION, **query))


def test_an_image_is_read_with_what_the_record_shows(cloud: ScriptedAws) -> None:
    found = image(1, Architecture="arm64", OwnerId="111122223333", Tags=[{"Key": "App", "Value": "web"}])
    cloud.will("DescribeImages", answer(found))
    assert find(cloud, version="web-1") == Image(
        ImageId("ami-1"), "web-1", "2026-11-11T10:00:00.000Z", "arm64", "111122223333", {"App": "web"}, ImageFacts()
    )


def test_the_search_is_paged_and_names_its_owners_and_filters(cloud: ScriptedAws) -> None:
    cloud.will("DescribeImages", answer(image(1), following="more"), answer(image(2)))
    query = {"tags": (("App", ("web", "api")),), "filters": (("ami-architecture", ("arm64",)), ("tag:Team", ("a",)))}
    assert find(cloud, version="web-1", **query).id == "ami-2"
    first, second = (params for _, params in cloud.sent)
    assert first == {
        "Owners": ("self",),
        "MaxResults": 1000,
        "Filters": [
            {"Name": "tag:App", "Values": ["web", "api"]},
            {"Name": "architecture", "Values": ["arm64"]},
            {"Name": "tag:Team", "Values": ["a"]},
            {"Name": "is-public", "Values": ["false"]},
            {"Name": "state", "Values": ["available"]},
            {"Name": "name", "Values": ["web-1"]},
        ],
    }
    assert second == {**first, "NextToken": "more"}


def test_another_region_has_its_own_client(cloud: ScriptedAws) -> None:
    other = cloud.aws.ec2("us-east-1")
    assert other is cloud.aws.ec2("us-east-1")
    assert other.meta.region_name == "us-east-1"
    assert cloud.aws.ec2().meta.region_name == REGION


def test_the_newest_wins_and_ids_break_ties(cloud: ScriptedAws) -> None:
    tie = "2026-11-23T23:55:20.000Z"
    cloud.will(
        "DescribeImages",
        answer(image(3, CreationDate=tie), image(9), image(5, CreationDate=tie), image(4, CreationDate=tie)),
    )
    assert find(cloud, version="web-1").id == "ami-5"


@pytest.mark.parametrize(
    "unusable",
    [
        {"DeprecationTime": "2026-11-24T11:59:59Z"},
        {"DeprecationTime": "2026-11-24T12:00:00.000Z"},
        {"State": "disabled"},
        {"State": "pending"},
        {"Name": "web-10"},
        {"Name": "WEB-1"},
        {"Name": ""},
    ],
)
def test_what_must_not_be_deployed_is_passed_over(cloud: ScriptedAws, unusable: JSON) -> None:
    cloud.will("DescribeImages", answer(image(1, DeprecationTime="2027-01-01T00:00:00Z"), {**image(2), **unusable}))
    assert find(cloud, version="web-1").id == "ami-1"


def test_an_image_without_a_name_can_be_deployed_by_its_id(cloud: ScriptedAws) -> None:
    nameless = {key: value for key, value in image(1).items() if key != "Name"}
    cloud.will("DescribeImages", answer(nameless, image(2)))
    assert find(cloud, image_id=ImageId("ami-1")) == Image(
        ImageId("ami-1"), "", "2026-11-11T10:00:00.000Z", facts=ImageFacts()
    )
    assert {"Name": "image-id", "Values": ["ami-1"]} in cloud.sent[0][1]["Filters"]


def test_nothing_found_says_what_was_searched_and_what_is_near(cloud: ScriptedAws) -> None:
    names = ["web-2026.11.23", "web-2026.11.22", "api-1", "web-2026.11.2", "web-2025", "zzz", "web-2026.12.23"]
    others = [image(number, name) for number, name in enumerate(names)]
    cloud.will("DescribeImages", answer(), answer(*others, image(8, "web-old", DeprecationTime="2020-01-01T00:00:00Z")))
    with pytest.raises(RefusedError) as caught:
        find(cloud, version="web-2026.11.24", tags=(("App", ("web",)),), filters=(("ami-architecture", ("arm64",)),))
    assert caught.value.message == (
        "No image matches: version 'web-2026.11.24'; owners self; tags App=web; filters ami-architecture=arm64;"
        " region eu-west-1. The nearest names are web-2026.11.2, web-2026.11.23, web-2026.11.22, web-2026.12.23,"
        " web-2025."
    )
    assert cloud.sent[1][1]["Filters"] == [{"Name": "is-public", "Values": ["false"]}]


@pytest.mark.parametrize("query", [{"version": "web"}, {"pattern": "web*"}])
def test_an_account_without_images_is_said_to_have_none(cloud: ScriptedAws, query: Any) -> None:  # noqa: ANN401
    cloud.will("DescribeImages", answer(), answer())
    with pytest.raises(RefusedError, match="These owners have no images"):
        find(cloud, **query)


def test_a_missing_id_says_nothing_of_versions_and_tags(cloud: ScriptedAws) -> None:
    cloud.will("DescribeImages", answer(), answer())
    with pytest.raises(RefusedError) as caught:
        find(cloud, image_id=ImageId("ami-9"), owners=())
    assert str(caught.value) == (
        "No image matches: id ami-9; region eu-west-1. "
        "Next: correct ami-id, or copy the image to this region and share it with this account."
    )
    assert {"Name": "image-id", "Values": ["ami-9"]} in cloud.sent[1][1]["Filters"]


@pytest.mark.parametrize(
    ("wrong", "says", "way_out"),
    [
        ({"State": "pending"}, "ami-1 (web-1) is pending.", "wait until it"),
        ({"State": "failed", "Name": ""}, "ami-1 is failed.", "build it again"),
        ({"State": "disabled"}, "ami-1 (web-1) is disabled.", "enable the image"),
        ({"DeprecationTime": "2026-11-24T11:59:59Z"}, "ami-1 (web-1) is deprecated.", "cancel its deprecation"),
        ({"State": "invalid"}, "ami-1 (web-1) is invalid.", "deploy another one"),
    ],
)
def test_an_image_that_is_there_and_cannot_be_deployed_is_told_with_its_state(
    cloud: ScriptedAws, wrong: JSON, says: str, way_out: str
) -> None:
    cloud.will("DescribeImages", answer(), answer({**image(1), **wrong}))
    with pytest.raises(RefusedError) as caught:
        find(cloud, image_id=ImageId("ami-1"))
    assert caught.value.message == says
    assert way_out in caught.value.next_step


def test_a_version_that_is_being_made_is_told_as_such(cloud: ScriptedAws) -> None:
    others = [image(1, State="pending"), image(2, "web-2"), image(3, "web-3", State="failed")]
    cloud.will("DescribeImages", answer(), answer(*others))
    with pytest.raises(RefusedError, match=r"ami-1 \(web-1\) is pending\. Next: wait until it"):
        find(cloud, version="web-1")


def test_a_version_that_only_lacks_the_tags_is_no_matter_of_its_state(cloud: ScriptedAws) -> None:
    cloud.will("DescribeImages", answer(), answer(image(1, State="pending"), image(2)))
    with pytest.raises(RefusedError, match="The nearest names are web-1"):
        find(cloud, version="web-1", tags=(("App", ("web",)),))


@pytest.mark.parametrize(
    ("owners", "given", "sent"),
    [
        (("self",), (), ["false"]),
        ((), (), ["false"]),
        (("self",), (("is-public", ("true",)),), ["true"]),
        (("amazon",), (), None),
        (("111122223333",), (), None),
    ],
)
def test_public_images_are_left_out_unless_asked_for(owners: Any, given: Any, sent: object) -> None:  # noqa: ANN401
    assert filters_of(ImageQuery(REGION, version="x", owners=owners, filters=given)).get("is-public") == sent


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("owner-id", "*", "filters.owner-id: '*' is not an owner of images (write the account's 12 digits)"),
        ("ami-owner-id", "self", "filters.owner-id: 'self' is not an owner of images (write the account's 12 digits)"),
        ("owner-alias", "a*", "filters.owner-alias: 'a*' is not an owner of images (write amazon or aws-marketplace)"),
    ],
)
def test_a_filter_of_owners_names_accounts_and_no_pattern(name: str, value: str, expected: str) -> None:
    with pytest.raises(InvalidError) as caught:
        filters_of(ImageQuery(REGION, version="x", owners=(value,), filters=((name, (value,)),)))
    assert [str(problem) for problem in caught.value.problems] == [expected]


def test_blank_names_and_values_are_left_out() -> None:
    query = ImageQuery(
        REGION, version="x", tags=((" ", ("a",)), ("b", ("", " "))), filters=(("", ("a",)), ("name", ("",)))
    )
    assert filters_of(query) == {"is-public": ["false"], "state": ["available"]}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ami-architekture", r"did you mean architecture"),
        ("owner", "owner-id"),
        ("ami-", "unknown filter"),
        ("tag:", "unknown filter"),
        ("qqqq", "tag:<key>"),
        ("ami-state", "only available"),
    ],
)
def test_a_filter_that_ec2_has_not_is_refused_before_the_call(cloud: ScriptedAws, name: str, words: str) -> None:
    with pytest.raises(InvalidError, match=words):
        find(cloud, version="x", filters=((name, ("pending",)),))
    assert cloud.sent == []


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("web-1.2", "web-1.2", True),
        ("web-1.2", "web-1x2", False),
        ("web", "my-web-1", True),
        ("web-?", "web-", True),
        ("web-?5", "web-5", True),
        ("web-?5", "web-125", False),
        ("web-*-prod", "web-1.2-prod-b", True),
        ("web-*-prod", "web-1.2-stage", False),
        ("^web", "my-web", False),
        (r"web-\d+$", "web-12", True),
        ("web*", "web/", False),
        ("web", "", False),
        ("*", " ", False),
        ("/^web-[0-9]{4}.1$/", "web-2026x1", True),
        (r"/^web-[0-9]{4}\.1$/", "web-2026x1", False),
        ("/web/", "a-web-b", True),
        ("/", "a/b", True),
        ("/(web|api)-1/", "api-1", True),
        ("/(web)*-1/", "web-1", True),
        (r"/(a[+*]b)+/", "a+ba*b", True),
        (r"/(a\+b)+/", "a+b", True),
        ("/([(+])*/", "(+", True),
        ("/(a+)+$/", "a" * 127 + "!", False),
        ("/^((a+)b)*$/", "a" * 128, False),
        ("/^(a|b)+$/", "ab" * 64, True),
        ("*" * 40 + "x", "a" * 128, False),
    ],
)
def test_a_pattern_is_one_of_harness_or_a_regular_expression(pattern: str, name: str, matches: bool) -> None:  # noqa: FBT001
    assert name_matcher(ImageQuery(REGION, pattern=pattern))(name) == matches


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("/(web/", "missing ): (web"),
        ("web-[", "missing ]: ["),
        ("/web-(?!old)/", "invalid perl operator: (?!"),
        ("x" * 201, "longer than 200 characters"),
        ("*" * 67, "longer than 200 characters"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidError) as caught:
        name_matcher(ImageQuery(REGION, pattern=pattern))
    hint = f"* is any text, ? at most one character; a regular expression goes between slashes: {PATTERN_HINT}"
    assert [str(problem) for problem in caught.value.problems] == [
        f"versionRegex: invalid version pattern {pattern!r}: {reason} ({hint})"
    ]


@given(st.text(max_size=40))
def test_any_pattern_is_compiled_or_refused(pattern: str) -> None:
    with suppress(InvalidError):
        assert name_matcher(ImageQuery(REGION, pattern=pattern or "*"))("web-1") in (True, False)


def test_a_name_that_looks_like_a_wildcard_is_still_exact(cloud: ScriptedAws) -> None:
    assert escape_wildcards(r"web[1]*?\x") == "web?1????x"
    cloud.will("DescribeImages", answer(image(1, "web-[1]"), image(2, "web-x1]")))
    assert find(cloud, version="web-[1]").id == "ami-1"


def test_known_images_are_read_by_filter_so_that_one_that_is_gone_is_no_error(cloud: ScriptedAws) -> None:
    wanted = [ImageId(f"ami-{number}") for number in range(201)]
    cloud.will("DescribeImages", answer(image(1), image(7)), answer())
    found = Ec2Images(cloud.aws).known([*wanted, wanted[0]], "eu-west-1")
    assert sorted(found) == ["ami-1", "ami-7"]
    first, second = (params for _, params in cloud.sent)
    assert [len(first["Filters"][0]["Values"]), second["Filters"][0]["Values"]] == [200, ["ami-200"]]
    assert first["Filters"][1] == {"Name": "state", "Values": ["available"]}
    assert first["IncludeDeprecated"] is True
