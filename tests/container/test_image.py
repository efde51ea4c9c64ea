"""What the image holds, and how little."""

import json
from pathlib import Path

import pytest

from tests.container.container_runner import ContainerRunner
from tests.container.docker_daemon import Docker
from tests.container.measurements import Measured
from tests.support.project import load_script
from tests.support.runner_machine import check_out

pytestmark = pytest.mark.docker

MB = 1_000_000
ROOT = Path(__file__).parents[2]
PACKAGES = "import pathlib, sysconfig; packages = pathlib.Path(sysconfig.get_path('purelib'))"
SIZES = f"""
import json; {PACKAGES}
size = lambda folder, pattern='*': sum(p.stat().st_size for p in folder.rglob(pattern) if p.is_file())
library, app = pathlib.Path(sysconfig.get_path('stdlib')), pathlib.Path('/app')
print(json.dumps({{
    'dependencies': size(packages),
    'the library as bytecode': size(library, '*.pyc') - size(packages, '*.pyc'),
    'the action': size(app),
}}))
"""
UNCOMPILED = f"""
import importlib.util, json; {PACKAGES}
sources = [*packages.rglob('*.py'), *pathlib.Path('/app').rglob('*.py')]
print(json.dumps([str(s) for s in sources if not pathlib.Path(importlib.util.cache_from_source(str(s))).exists()]))
"""
# What a deployment imports, and a little more: everything that the action has, and a client of each kind.
IMPORTED = """
import importlib, json, pathlib, pkgutil, sys
sys.path.insert(0, '/app')
import spotaction
for module in pkgutil.walk_packages(spotaction.__path__, 'spotaction.'):
    importlib.import_module(module.name)
import boto3
for service in ('ec2', 'elbv2', 'sts', 'cloudwatch'):
    boto3.client(service, region_name='us-east-1', aws_access_key_id='k', aws_secret_access_key='s')
from spotaction.documents.source import check_document, parse_document
check_document(parse_document('group: {name: web}', name='trial'), 'elastigroup')
loaded = {m.__name__: m.__cached__ for m in list(sys.modules.values()) if getattr(m, '__cached__', None)}
print(json.dumps(sorted(name for name, cached in loaded.items() if not pathlib.Path(cached).exists())))
"""
FOUND = f"""
import importlib.util, json, os; {PACKAGES}
print(json.dumps({{
    'app': sorted(os.listdir('/app')),
    'schemas': sorted(os.listdir('/app/schemas')),
    'compiled': sorted(os.listdir('/app/schemas/compiled')),
    'sandbox': os.path.exists('/app/spotaction/sandbox'),
    'not wanted': [n for n in ('pip', 'ensurepip', 'moto', 'flask', 'werkzeug') if importlib.util.find_spec(n)],
    'packages': sorted(p.name for p in packages.glob('*.dist-info')),
}}))
"""

FILES = "import json, pathlib; print(json.dumps(sorted(str(p) for p in pathlib.Path('/app').rglob('*'))))"


def sizes(docker: Docker, name: str) -> int:
    return int(docker("image", "inspect", "--format", "{{.Size}}", name))


def test_the_dependencies_add_no_more_than_20_mb(
    docker: Docker, base: str, image: str, runner: ContainerRunner, measured: Measured
) -> None:
    parts = runner.python(SIZES)
    assert isinstance(parts, dict)
    measured("image", f"{sizes(docker, image) / MB:.1f} MB on {base} of {sizes(docker, base) / MB:.1f} MB")
    for what, size in parts.items():
        measured(what, f"{size / MB:.1f} MB")
    assert parts["dependencies"] <= 20 * MB


def test_everything_that_a_deployment_imports_is_compiled(runner: ContainerRunner) -> None:
    assert runner.python(UNCOMPILED) == []
    assert runner.python(IMPORTED) == []


def test_it_holds_the_action_and_its_dependencies_and_nothing_to_develop_or_install_with(
    runner: ContainerRunner,
) -> None:
    found = runner.python(FOUND)
    assert isinstance(found, dict)
    packages = found.pop("packages")
    schemas = sorted(path.name for path in (ROOT / "schemas").glob("*.json") if path.name != "scenario.schema.json")
    assert found == {
        "app": ["__pycache__", "entrypoint.py", "post_entrypoint.py", "schemas", "spotaction"],
        "schemas": sorted(["compiled", *schemas]),
        "compiled": ["__pycache__", *(f"{name}.py" for name in load_script("compile_schemas").SCHEMAS)],
        "sandbox": False,
        "not wanted": [],
    }
    locked = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0].replace("-", "_") for line in locked if "==" in line and "python_full" not in line}
    assert {name.split("-")[0].lower() for name in packages} == pinned


def test_a_builder_that_knows_no_dockerignore_makes_the_same_image(
    docker: Docker, base: str, image: str, runner: ContainerRunner, tmp_path: Path
) -> None:
    context = check_out(tmp_path / "context")
    (context / ".dockerignore").unlink()
    for junk in (
        "spotaction/__pycache__/main.cpython-311.pyc",
        "spotaction/cloud/notes.txt",
        "schemas/draft.json",
        "schemas/compiled/old.py",
    ):
        (context / junk).parent.mkdir(exist_ok=True)
        (context / junk).write_text("not a part of it", encoding="utf-8")
    name = f"{image}-without-dockerignore"
    docker("build", "--network", "host", "--build-arg", f"BASE_IMAGE={base}", "-t", name, str(context))
    other = ContainerRunner(docker, name, runner.temp, tmp_path)
    assert other.python(FILES) == runner.python(FILES)


def test_it_starts_without_a_shell_as_root_where_the_runner_says(docker: Docker, image: str) -> None:
    config = json.loads(docker("image", "inspect", "--format", "{{json .Config}}", image))
    assert (config["Entrypoint"], config["User"], config["WorkingDir"]) == (["/app/entrypoint.py"], "", "")


def test_the_jobs_own_python_settings_lead_it_nowhere(runner: ContainerRunner, tmp_path: Path) -> None:
    (tmp_path / "requests.py").write_text("raise SystemExit('the workspace was imported')\n", encoding="utf-8")
    elsewhere = ContainerRunner(runner.docker, runner.image, runner.temp, tmp_path)
    environ = {"PYTHONPATH": ".", "PYTHONHOME": "/github/workspace", "PYTHONSTARTUP": "requests.py"}
    ended = elsewhere.run({**environ, "INPUT_OPERATION": "validate"}, timeout=60)
    assert (ended.code, ended.outputs["status"]) == (2, "invalid")
    assert "the workspace was imported" not in ended.log
