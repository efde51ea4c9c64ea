"""The repository and version from pyproject.toml."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VERSION: str = _PROJECT["version"]
MAJOR = f"v{VERSION.partition('.')[0]}"
REPOSITORY: str = _PROJECT["urls"]["Repository"].removeprefix("https://github.com/")
ACTION = f"{REPOSITORY}@{MAJOR}"
REUSABLE = f"{REPOSITORY}/.github/workflows/deploy.yml@{MAJOR}"
