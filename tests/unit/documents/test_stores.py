"""Git stores: a file of this repository is read, one of another repository or commit is refused with the way out."""

from pathlib import Path

import pytest

from spotaction.documents.definitions import Definitions, load_definitions
from spotaction.documents.expressions.scope import WorkflowValues
from spotaction.documents.stores import Checkout, find_checkout
from spotaction.model.errors import InvalidError
from tests.unit.documents.test_definitions import lay_out

COMMIT = "c0ffee0" + "0" * 33
RUN = {"repository": "acme/web", "ref_name": "main", "sha": COMMIT}
STORE = "infrastructureDefinition.spec.configuration.store"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "workspace")


def with_store(workspace: Path, kind: str, **spec: str) -> Path:
    """Replace the store of the infrastructure by a Git store; its keys begin on line 18."""
    file = workspace / "deploy/infrastructure.yaml"
    text = file.read_text("utf-8")
    lines = "".join(f"          {key}: {value}\n" for key, value in spec.items())
    store = f"type: {kind}\n        spec:\n          connectorRef: git\n{lines}          paths: [spot/spot-cfg.json]\n"
    before, found, after = text.partition(
        "type: Harness\n        spec:\n          files:\n            - /spot/spot-cfg\n"
    )
    assert found
    file.write_text(before + store + after, "utf-8")
    return workspace


def loaded(workspace: Path, **given: object) -> Definitions:
    return load_definitions(
        service="deploy/service.yaml",
        infrastructure="deploy/infrastructure.yaml",
        workspace=workspace,
        given=WorkflowValues(artifact_version="asgAmi-Order", **{"github": RUN, **given}),  # type: ignore[arg-type]
    )


def problems(workspace: Path, **given: object) -> list[str]:
    with pytest.raises(InvalidError) as caught:
        loaded(workspace, **given)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("kind", ["Git", "Github", "GitLab", "Gitlab", "Bitbucket", "AzureRepo"])
@pytest.mark.parametrize(
    "repository",
    ["web", "acme/web", "ACME/Web", "https://github.com/acme/web.git", "git@github.com:acme/web.git", "<+github.repo>"],
)
def test_the_file_of_a_git_store_of_this_repository_is_read(workspace: Path, kind: str, repository: str) -> None:
    with_store(workspace, kind, gitFetchType="Branch", branch="main", repoName=repository)
    found = loaded(workspace, github={**RUN, "repo": "web"})
    assert (found.config.document.name, found.warnings) == ("spot/spot-cfg.json", ())


def test_without_a_repository_name_it_is_the_repository_of_the_workflow(workspace: Path) -> None:
    assert loaded(with_store(workspace, "Github")).config.document.name == "spot/spot-cfg.json"


@pytest.mark.parametrize("repository", ["infra", "other/web", "https://github.com/acme/infra"])
def test_a_file_in_another_repository_is_refused_with_the_way_out(workspace: Path, repository: str) -> None:
    with_store(workspace, "Github", repoName=repository)
    assert problems(workspace) == [
        (
            f"deploy/infrastructure.yaml:18:21: {STORE}.spec.repoName: the file is in repository '{repository}', "
            "but the workflow is in 'acme/web' (check it out with actions/checkout and a path, and write type:"
            " Harness with"
            " the path of the file in files, or set the input elastigroup-config)"
        )
    ]


def test_where_the_repository_of_the_workflow_is_not_known_the_file_is_looked_up(workspace: Path) -> None:
    assert loaded(with_store(workspace, "Github", repoName="infra"), github={}).config.document.name


def test_another_branch_is_a_warning_with_both_names(workspace: Path) -> None:
    with_store(workspace, "Github", gitFetchType="Branch", branch="release")
    assert [str(each) for each in loaded(workspace).warnings] == [
        (
            f"deploy/infrastructure.yaml:19:19: {STORE}.spec.branch: the branch is 'release', but "
            "'main' is checked out (remove branch, or check out that branch)"
        )
    ]


@pytest.mark.parametrize("commit", [COMMIT, COMMIT[:7], COMMIT.upper()])
def test_the_commit_that_is_checked_out_may_be_named(workspace: Path, commit: str) -> None:
    assert loaded(with_store(workspace, "Git", gitFetchType="Commit", commitId=commit)).warnings == ()


def test_a_file_of_another_commit_is_refused(workspace: Path) -> None:
    with_store(workspace, "Git", gitFetchType="Commit", commitId="deadbeef")
    assert problems(workspace) == [
        (
            f"deploy/infrastructure.yaml:19:21: {STORE}.spec.commitId: the file is pinned to commit 'deadbeef', but "
            "c0ffee000000 is checked out (remove commitId and gitFetchType to read the file that is checked out,"
            " or check "
            "that commit out)"
        )
    ]


def test_the_input_that_replaces_the_store_makes_its_repository_irrelevant(workspace: Path) -> None:
    with_store(workspace, "Github", repoName="infra")
    found = load_definitions(
        service="deploy/service.yaml",
        infrastructure="deploy/infrastructure.yaml",
        elastigroup_config="spot/spot-cfg.json",
        workspace=workspace,
        given=WorkflowValues(artifact_version="asgAmi-Order", github=RUN),
    )
    assert found.config.document.name == "spot/spot-cfg.json"


def test_a_start_up_script_may_be_in_a_git_store(workspace: Path) -> None:
    file = workspace / "deploy/service.yaml"
    text = file.read_text("utf-8")
    script = "      startupScript: {store: {type: Bitbucket, spec: {repoName: web, paths: [up.sh]}}}\n"
    file.write_text(text.replace("      artifacts:\n", f"{script}      artifacts:\n", 1), "utf-8")
    (workspace / "up.sh").write_text("#!/bin/sh\n", "utf-8")
    assert loaded(workspace).startup_script == "#!/bin/sh\n"


@pytest.mark.parametrize(
    ("head", "refs", "expected"),
    [
        ("ref: refs/heads/main\n", {"main": "abc"}, Checkout("acme/web", "abc", ("main",))),
        ("ref: refs/heads/main\n", {}, Checkout("acme/web", COMMIT, ("main",))),
        ("ref: refs/heads/fix\n", {}, Checkout("acme/web", "", ("fix",))),
        (f"{COMMIT}\n", {}, Checkout("acme/web", COMMIT, ("main", "topic"))),
        ("deadbeef\n", {}, Checkout("acme/web", "deadbeef", ())),
        ("", {}, Checkout("acme/web", COMMIT, ("main", "topic"))),
    ],
)
def test_what_is_checked_out_is_known_from_the_workspace_before_the_run(
    tmp_path: Path, head: str, refs: dict[str, str], expected: Checkout
) -> None:
    (tmp_path / ".git/refs/heads").mkdir(parents=True)
    (tmp_path / ".git/HEAD").write_text(head, "utf-8")
    for name, commit in refs.items():
        (tmp_path / ".git/refs/heads" / name).write_text(f"{commit}\n", "utf-8")
    assert find_checkout(tmp_path, {**RUN, "head_ref": "topic"}) == expected


def test_an_artifact_source_from_a_template_is_refused_with_the_way_out(workspace: Path) -> None:
    file = workspace / "deploy/service.yaml"
    file.write_text(
        "service:\n  identifier: web\n  serviceDefinition:\n    type: Elastigroup\n    spec:\n      artifacts:\n"
        "        primary:\n          sources:\n            - identifier: ami\n              template:\n"
        "                templateRef: org.web_ami\n                versionLabel: v1\n",
        "utf-8",
    )
    assert problems(workspace) == [
        (
            "deploy/service.yaml:10:15: service.serviceDefinition.spec.artifacts.primary.sources[0].template: templates"
            " are not supported: the content of 'org.web_ami' is in Harness (write the content of the template"
            " here, as it is "
            "below its spec)"
        )
    ]


@pytest.mark.parametrize(
    ("key", "what", "hint"),
    [
        ("template", "a template", "replace the reference to the template with what is below its spec"),
        ("inputSet", "an input set", "pass it as the input variables: @PATH"),
        (
            "environment",
            "an environment",
            "set the input environment to its name; write its variables in the input var",
        ),
        ("connector", "a connector", "use the inputs role-to-assume, spot-account-id and spot-token"),
        ("trigger", "a trigger", "write it as `on:` of the workflow"),
    ],
)
def test_another_document_of_harness_is_named_with_what_to_do_with_it(
    workspace: Path, key: str, what: str, hint: str
) -> None:
    (workspace / "deploy/service.yaml").write_text(f"{key}:\n  name: web\n", "utf-8")
    (found,) = problems(workspace)
    assert found.startswith(f"deploy/service.yaml:1:1: {key}: is {what} of Harness ({hint}")
