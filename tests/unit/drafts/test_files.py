from pathlib import Path

import pytest

from spotaction.drafts.files import check_free, folder_in, write_new
from spotaction.model.errors import InvalidError, RefusedError

TEXTS = {"deploy/a.json": "{}\n", "deploy/start.sh": "#!/bin/sh\n"}


def test_all_files_are_written_and_a_second_time_none(tmp_path: Path) -> None:
    assert write_new(TEXTS, tmp_path) == ("deploy/a.json", "deploy/start.sh")
    assert {path: (tmp_path / path).read_text("utf-8") for path in TEXTS} == TEXTS
    assert (tmp_path / "deploy/start.sh").stat().st_mode & 0o111
    assert write_new(TEXTS, tmp_path) == ()


def test_a_file_with_other_content_stops_everything(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/start.sh").write_text("mine", "utf-8")
    with pytest.raises(RefusedError, match=r"deploy/start\.sh exists with other content, so nothing was written"):
        write_new(TEXTS, tmp_path)
    assert [file.name for file in (tmp_path / "deploy").iterdir()] == ["start.sh"]
    assert (tmp_path / "deploy/start.sh").read_text("utf-8") == "mine"


@pytest.mark.parametrize("path", ["../a.json", "/etc/a.json", "link/a.json", "folder"])
def test_nothing_is_written_outside_the_workspace_or_in_place_of_a_folder(tmp_path: Path, path: str) -> None:
    workspace = tmp_path / "workspace"
    (workspace / "folder").mkdir(parents=True)
    (workspace / "link").symlink_to(tmp_path)
    with pytest.raises(InvalidError):
        check_free({path: "x", **TEXTS}, workspace)
    assert not (tmp_path / "a.json").exists()


def test_where_a_file_is_in_the_way_of_a_folder_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "z").write_text("a file", "utf-8")
    with pytest.raises(RefusedError, match="no file was left"):
        write_new({"a.json": "{}", "z/b.json": "{}"}, tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["z"]


def test_a_file_is_no_folder_to_write_to(tmp_path: Path) -> None:
    (tmp_path / "deploy").write_text("", encoding="utf-8")
    with pytest.raises(InvalidError, match=r"out: deploy/: is a file, not a folder \(choose another folder\)"):
        folder_in("deploy/", tmp_path)
