"""The repository, its version from pyproject.toml, and its tools."""

import importlib.util
import tomllib
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VERSION: str = _PROJECT["version"]
MAJOR = f"v{VERSION.partition('.')[0]}"
REPOSITORY: str = _PROJECT["urls"]["Repository"].removeprefix("https://github.com/")
ACTION = f"{REPOSITORY}@{MAJOR}"
COMPOSITE = f"{REPOSITORY}/cli@{MAJOR}"
REUSABLE = f"{REPOSITORY}/.github/workflows/deploy.yml@{MAJOR}"


def load_script(name: str, folder: str = "tools") -> ModuleType:
    """Load a script that is no module of a package, from the folder `tools` or another one."""
    spec = importlib.util.spec_from_file_location(name, ROOT / folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
