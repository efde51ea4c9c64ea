"""YAML and JSON with places: what is read, what is refused, and where it is said to stand."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotaction.documents.source import Document, check_document, parse_document, read_document
from spotaction.model.errors import InvalidError, SourceLocation

calm = settings(deadline=None, database=None, derandomize=True, max_examples=150)

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def refusals(text: str, name: str = "a.yaml") -> list[str]:
    with pytest.raises(InvalidError) as caught:
        parse_document(text, name=name)
    return [str(problem) for problem in caught.value.problems]


def test_every_value_and_key_has_its_place() -> None:
    document = parse_document("a: 1\nb:\n  - c: text\n    d: true\n", name="a.yaml")
    assert document == Document(
        name="a.yaml",
        value={"a": 1, "b": [{"c": "text", "d": True}]},
        value_marks={
            (): SourceLocation("a.yaml", 1, 1),
            ("a",): SourceLocation("a.yaml", 1, 4),
            ("b",): SourceLocation("a.yaml", 3, 3),
            ("b", 0): SourceLocation("a.yaml", 3, 5),
            ("b", 0, "c"): SourceLocation("a.yaml", 3, 8),
            ("b", 0, "d"): SourceLocation("a.yaml", 4, 8),
        },
        key_marks={
            ("a",): SourceLocation("a.yaml", 1, 1),
            ("b",): SourceLocation("a.yaml", 2, 1),
            ("b", 0, "c"): SourceLocation("a.yaml", 3, 5),
            ("b", 0, "d"): SourceLocation("a.yaml", 4, 5),
        },
        text_marks={
            ("a",): SourceLocation("a.yaml", 1, 4),
            ("b", 0, "c"): SourceLocation("a.yaml", 3, 8),
            ("b", 0, "d"): SourceLocation("a.yaml", 4, 8),
        },
    )


def test_a_missing_path_has_the_place_of_its_nearest_parent() -> None:
    document = parse_document("a:\n  b: 1\n", name="a.yaml")
    assert document.location_of(("a", "x", 3)) == SourceLocation("a.yaml", 2, 3)
    assert document.key_place(("a", "x")) == SourceLocation("a.yaml", 2, 3)


def test_an_offset_moves_every_line() -> None:
    document = parse_document("a: 1\n", name="w.yaml", offset=10)
    assert document.location_of(("a",)) == SourceLocation("w.yaml", 11, 4)
    assert document.key_place(("a",)) == SourceLocation("w.yaml", 11, 1)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("n", "n"),
        ("~", None),
        ("", None),
        ("Null", None),
        ("12", 12),
        ("-3", -3),
        ("007", "007"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-11-24", "2026-11-24"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.2.3", "1.2.3"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("=", "="),
        ('"12"', "12"),
        ("'true'", "true"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("<+input>.allowedValues(a,b)", "<+input>.allowedValues(a,b)"),
    ],
)
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(word: str, value: object) -> None:
    document = parse_document(f"a: {word}\n", name="a.yaml")
    assert document.value == {"a": value}
    assert isinstance(document.value, dict)
    assert isinstance(document.value["a"], type(value))
    assert str(document.value["a"]) == (word if isinstance(value, float) else str(value))


def test_aliases_are_resolved() -> None:
    document = parse_document("a: &x {b: 1}\nc: *x\n", name="a.yaml")
    assert document.value == {"a": {"b": 1}, "c": {"b": 1}}
    assert document.location_of(("c", "b")) == SourceLocation("a.yaml", 1, 11)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: &x 1\nb: &x 2\nc: *x\n", {"a": 1, "b": 2, "c": 2}),
        ("a: &x [&x 1]\nb: *x\n", {"a": [1], "b": 1}),
        ("&x a: 1\nb: *x\n", {"a": 1, "b": "a"}),
    ],
)
def test_an_alias_is_the_node_that_had_its_anchor_last(text: str, value: object) -> None:
    assert parse_document(text, name="a.yaml").value == value


def test_json_is_read_with_tabs_surrogate_pairs_slashes_and_colons_on_their_own_line() -> None:
    document = parse_document('\ufeff{\r\n\t"a"\r\n\t:\t["\\ud83d\\ude00", "x\\/y", 1E2],\n\t"b": ""}', name="a.json")
    assert document.value == {"a": ["😀", "x/y", 100.0], "b": ""}
    assert document.location_of(("a", 1)) == SourceLocation("a.json", 3, 21)
    assert document.key_place(("b",)) == SourceLocation("a.json", 4, 2)


def test_what_only_looks_like_json_is_read_as_yaml() -> None:
    document = parse_document("{a: <+variables.min>, 'b': [1, 2,], # comment\n}", name="a.json")
    assert document.value == {"a": "<+variables.min>", "b": [1, 2]}


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]\n" for before, after in zip("abcdef", "bcdefg", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.yaml:1:1: the document is empty"),
        ("# nothing\n", "a.yaml:2:1: the document is empty"),
        ("a: 1\nb: 2\na: 3\n", "a.yaml:3:1: duplicate key 'a', first on line 1"),
        ('{"a": 1,\n "a": 2}', "a.yaml:2:2: duplicate key 'a', first on line 1"),
        ("a: 1\n---\nb: 1\n", "a.yaml:2:1: a second document starts here (keep one document per file)"),
        ("1: a\n", "a.yaml:1:1: the key 1 is not text (put it in quotes)"),
        ("true: a\n", "a.yaml:1:1: the key true is not text (put it in quotes)"),
        ("? [a, b]\n: c\n", "a.yaml:1:3: a key must be text, not a list, a mapping or an alias"),
        ("a: &x 1\n<<: *x\n", "a.yaml:2:1: merge keys (<<) are not supported (write the keys out)"),
        (
            "a: !!python/object:os.system x\n",
            "a.yaml:1:4: the tag !!python/object:os.system is not supported (remove the tag)",
        ),
        ("a: !Ref {b: 1}\n", "a.yaml:1:4: the tag !Ref is not supported (remove the tag)"),
        ("a: *x\n", "a.yaml:1:4: the alias *x has no anchor above"),
        ("a: &x [*x]\n", "a.yaml:1:8: the alias *x is inside its own anchor"),
        (BOMB, "a.yaml:4:36: aliases expand to more than 10000 values (write the values out)"),
        ("a:\n\tb: 1\n", "a.yaml:2:1: YAML indentation must not contain tabs (indent with spaces)"),
        (
            "a: b: c\n",
            (
                "a.yaml:1:5: invalid YAML: mapping values are not allowed in this context "
                "(put text that contains ': ' in quotes, or check the indentation)"
            ),
        ),
        ('a: "b\n', "a.yaml:1:4: invalid YAML: found unexpected end of stream (a quote or bracket is not closed)"),
        ("a: [1, 2\n", "a.yaml:1:4: invalid YAML: did not find expected ',' or ']'"),
        (
            "a: 1\nb\n",
            "a.yaml:2:1: invalid YAML: could not find expected ':' (a key needs a colon and a space after it)",
        ),
        ("a: \x01\n", "a.yaml:1:1: contains a character that YAML does not allow (U+0001)"),
        ("a: 12345678901234567890\n", "a.yaml:1:4: integer too large (put it in quotes)"),
        ("[12345678901234567890]", "a.yaml:1:2: integer too large (put it in quotes)"),
        ("[1e999]", "a.yaml:1:2: number too large"),
        ('["\\ud800"]', "a.yaml:1:2: contains half of a surrogate pair"),
        ("[" * 100 + "]" * 100, "a.yaml:1:66: nested more than 64 levels deep"),
        ("a: {b: c: 1}", "a.yaml:1:9: invalid YAML: did not find expected ',' or '}'"),
        ("- " * 100 + "x", "a.yaml:1:131: nested more than 64 levels deep"),
        ("a: " + "[" * 100_000, "a.yaml:1:68: nested more than 64 levels deep"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_at_its_place(text: str, message: str) -> None:
    assert refusals(text) == [message]


def test_every_duplicate_is_listed_at_once() -> None:
    assert refusals("a: 1\na: 2\nb: {c: 1, c: 2}\n") == [
        "a.yaml:2:1: duplicate key 'a', first on line 1",
        "a.yaml:3:11: duplicate key 'c', first on line 3",
    ]


def test_aliases_cannot_exceed_the_levels() -> None:
    levels = "".join(f"l{n}: &l{n} [[[[[[[[[[*l{n - 1}]]]]]]]]]]\n" for n in range(1, 9))
    (only,) = refusals(f"l0: &l0 x\n{levels}")
    assert only.endswith("nested more than 64 levels deep")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    (root / "deploy").mkdir(parents=True)
    (root / "deploy" / "service.yaml").write_text("a: 1\n")
    (tmp_path / "outside.yaml").write_text("secret: 1\n")
    return root


def unread(path: str, workspace: Path) -> str:
    with pytest.raises(InvalidError) as caught:
        read_document(path, workspace=workspace)
    (problem,) = caught.value.problems
    return str(problem)


def test_a_file_is_named_as_the_user_wrote_it(workspace: Path) -> None:
    assert read_document("./deploy/service.yaml", workspace=workspace).location_of(("a",)) == SourceLocation(
        "./deploy/service.yaml", 1, 4
    )


def test_an_absolute_path_inside_the_workspace_is_fine(workspace: Path) -> None:
    assert read_document(str(workspace / "deploy/service.yaml"), workspace=workspace).value == {"a": 1}


def test_a_file_below_another_root_is_fine(workspace: Path, tmp_path: Path) -> None:
    temp = tmp_path / "temp"
    temp.mkdir()
    (temp / "x.yaml").write_text("a: 2\n")
    assert read_document(str(temp / "x.yaml"), workspace=workspace, roots=(temp,)).value == {"a": 2}


def test_a_missing_file_comes_with_the_nearest_name(workspace: Path) -> None:
    expected = "deploy/servce.yaml: file not found (did you mean 'deploy/service.yaml'?)"
    assert unread("deploy/servce.yaml", workspace) == expected


def test_a_missing_file_in_an_empty_workspace_asks_for_the_checkout(tmp_path: Path) -> None:
    expected = "a.yaml: file not found: the workspace is empty (run actions/checkout first)"
    assert unread("a.yaml", tmp_path) == expected


def test_a_directory_is_not_a_document(workspace: Path) -> None:
    assert unread("deploy", workspace) == "deploy: is a directory, not a file"


def test_a_pipe_is_not_a_document(workspace: Path) -> None:
    os.mkfifo(workspace / "pipe")
    assert unread("pipe", workspace) == "pipe: is not a regular file"


def test_dots_do_not_lead_out_of_the_workspace(workspace: Path) -> None:
    assert unread("../outside.yaml", workspace) == (
        "../outside.yaml: is outside the workspace (move it into the repository)"
    )


def test_a_symlink_does_not_lead_out_of_the_workspace(workspace: Path, tmp_path: Path) -> None:
    (workspace / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    assert unread("link.yaml", workspace) == "link.yaml: is outside the workspace (move it into the repository)"


def test_a_linked_directory_does_not_lead_out_of_the_workspace(workspace: Path, tmp_path: Path) -> None:
    (workspace / "link").symlink_to(tmp_path)
    assert unread("link/outside.yaml", workspace) == (
        "link/outside.yaml: is outside the workspace (move it into the repository)"
    )


def test_a_loop_of_symlinks_is_refused(workspace: Path) -> None:
    (workspace / "loop").symlink_to(workspace / "loop")
    assert unread("loop", workspace) == "loop: is a loop of symbolic links"
    assert unread("loop/service.yaml", workspace) == "loop/service.yaml: is a loop of symbolic links"


def test_a_path_with_a_null_character_is_refused(workspace: Path) -> None:
    assert unread("a\0b", workspace) == "a\0b: is not a valid path"


def test_a_path_that_is_too_long_is_refused_and_shown_in_part(workspace: Path) -> None:
    assert unread("x" * 5000, workspace) == f"{'x' * 200}…: is not a valid path"


def test_an_empty_path_is_refused(workspace: Path) -> None:
    assert unread(" ", workspace) == "the path is empty"


def test_text_that_is_not_utf_8_is_refused(workspace: Path) -> None:
    (workspace / "latin.yaml").write_bytes(b"a: \xe4\n")
    assert unread("latin.yaml", workspace) == "latin.yaml: is not UTF-8 text (byte 3) (save it as UTF-8)"


def test_a_file_over_one_mebibyte_is_refused(workspace: Path) -> None:
    (workspace / "large.yaml").write_bytes(b"#" * (1024 * 1024 + 1))
    assert unread("large.yaml", workspace) == "large.yaml: is larger than 1024 KiB"


def test_a_document_is_not_changed_by_checking_it() -> None:
    document = parse_document('{"group": {}}', name="a.json")
    check_document(document, "elastigroup")
    assert document == parse_document('{"group": {}}', name="a.json")


@calm
@given(JSON_VALUES.filter(lambda value: isinstance(value, dict | list)))
def test_json_is_read_as_python_reads_it(value: object) -> None:
    text = json.dumps(value)
    assert parse_document(text, name="a.json").value == json.loads(text)


@calm
@given(st.text() | st.text(alphabet="ab:-[]{}&*!|>'\"#%@,?\n\t <+\\"))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        document = parse_document(text, name="a.yaml")
    except InvalidError as error:
        assert error.problems  # noqa: PT017 - both ends are fine, nothing else is
    else:
        assert () in document.value_marks


@calm
@given(JSON_VALUES, st.sampled_from(["service", "infrastructure", "elastigroup"]))
def test_any_value_is_checked(value: object, schema: str) -> None:
    root = {"service": "service", "infrastructure": "infrastructureDefinition", "elastigroup": "group"}[schema]
    document = parse_document(json.dumps({root: value}), name="a.json")
    problems = check_document(document, schema)
    assert list(problems) == sorted(set(problems), key=lambda each: (each.place, each.subject, each.message))
    assert problems


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('// a\n{"a": 1}', "1:1: invalid JSON: expected a value (JSON has no comments)"),
        ('{"a": 1}}', "1:9: invalid JSON: unexpected text after the end of the document"),
        (
            '{"a": "\nb',
            "1:8: invalid JSON: the text contains a line break or a control character; is its quote closed?",
        ),
        ('{"a": "b', "1:7: invalid JSON: the quote is not closed"),
        ('{"a": "\\x"}', "1:8: invalid JSON: invalid escape sequence"),
        ('{"a" 1, "b: 2}', "1:6: invalid JSON: expected ':' after the key"),
    ],
)
def test_a_syntax_error_in_a_json_file_says_what_is_expected(text: str, message: str) -> None:
    with pytest.raises(InvalidError) as caught:
        parse_document(text, name="group.json")
    assert [str(problem) for problem in caught.value.problems] == [f"group.json:{message}"]


def test_the_number_of_duplicate_keys_is_bounded() -> None:
    with pytest.raises(InvalidError) as caught:
        parse_document("{" + ", ".join(['"a": 1'] * 1000) + "}", name="a.json")
    assert len(caught.value.problems) == 500


def test_a_syntax_error_in_a_json_file_is_one_of_json_and_not_of_yaml() -> None:
    with pytest.raises(InvalidError) as caught:
        parse_document('{\n\t"group": {\n\t\t"name": "web"\n\t\t"region": "us-east-1"\n\t}\n}\n', name="group.json")
    assert [str(problem) for problem in caught.value.problems] == [
        "group.json:4:3: invalid JSON: expected ',' or a closing bracket"
    ]


def test_a_json_file_may_have_comments_and_trailing_commas() -> None:
    assert parse_document('{\n  # the shop\n  "name": "web",\n}\n', name="group.json").value == {"name": "web"}


def test_a_json_file_that_is_too_deep_is_refused() -> None:
    with pytest.raises(InvalidError, match="levels deep"):
        parse_document('{"a": NaN, "b": ' + "[" * 100_000, name="group.json")
