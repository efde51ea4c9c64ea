"""The operation `validate` for single files: a document of each kind is recognised and checked."""

from pathlib import Path

from spotaction.operations.validate import check_file


def test_a_policy_is_checked_as_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("rules: [{name: a, deny: {$ref: '#'}}]", encoding="utf-8")
    assert [each.message for each in check_file(str(file)).problems] == ["a rule cannot refer to another schema"]
