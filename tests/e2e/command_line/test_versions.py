"""Versions from the command line: which are there, and one of them deployed again after a look and a yes."""

import json
from pathlib import Path

from tests.support.action import OLD, QUICK, stand
from tests.support.command_line import type_command

APP = ("--app-name", "web_prod")
BACK = ("rollback", *APP, "--strategy", "basic", "--rollback-to", "web_prod__7")


def test_history_is_a_table_for_people_and_json_for_programs(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        told = type_command(box, "history", *APP)
        assert (told.code, told.mutations) == (0, []), told.stdout
        lines = [line.split() for line in told.stdout.splitlines() if "web_prod__" in line]
        assert [line[0] for line in lines][:4] == ["web_prod__8", "web_prod__7", "web_prod__6", "web_prod__5"]
        assert "deployed" in lines[0]
        told_lines = told.stdout.splitlines()
        assert told_lines.index("Versions of web_prod, newest first (times in UTC):") < told_lines.index(
            next(line for line in told_lines if "web_prod__8" in line)
        )
        assert told_lines[-1].endswith("web_prod: 4 versions still in Spot")
        assert lines[1][-1] == "kept"
        listed = json.loads(type_command(box, "history", *APP, "--json").stdout)
        assert listed["status"] == "listed"


def test_a_version_is_deployed_again_after_a_look_and_a_yes(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        before = box.picture()
        shown = type_command(box, *BACK, "--dry-run")
        assert (shown.code, shown.mutations, box.picture()) == (0, [], before), shown.stdout
        no = type_command(box, *BACK, answers="n\n")
        assert (no.code, no.mutations, box.picture()) == (3, [], before)
        yes = type_command(box, *BACK, answers="y\n")
        assert (yes.code, yes.stderr) == (0, "Roll back web_prod as shown above? [y/N] "), yes.stdout
        assert box.groups()["web_prod__9"]["image"] == OLD
        assert box.capacities()["web_prod__9"] == "2/3/6"


def test_what_is_gone_is_refused_before_the_question(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        told = type_command(box, *BACK[:-1], "web_prod__2", answers="y\n")
        assert (told.code, told.stderr, told.mutations) == (3, "", [])
        assert "No version web_prod__2 of web_prod exists." in told.stdout


def test_an_image_of_another_region_is_not_said_to_be_gone(tmp_path: Path) -> None:
    with stand("basic", tmp_path, QUICK) as box:
        box.run()
        there = ("--aws-region", "eu-west-1")
        told = type_command(box, "history", "--app-name", "web_prod", *there)
        assert (told.code, "no longer exists" in told.stdout) == (0, False)
        assert "Images in us-east-1 were not looked up: the AWS region is eu-west-1" in told.stdout
        back = ("--rollback-to", "web_prod__7", "--strategy", "basic")
        told = type_command(box, "rollback", "--app-name", "web_prod", *back, *there, answers="y\n")
        assert (told.code, told.mutations) == (3, [])
        assert "is in us-east-1, but the AWS region is eu-west-1. Next: set --aws-region to us-east-1." in told.stdout
