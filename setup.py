"""Adds to the wheel what tools/compile_schemas.py makes of the schemas; everything else is in pyproject.toml."""

import runpy
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

TOOL = Path(__file__).parent / "tools" / "compile_schemas.py"


class BuildWithSchemas(build_py):
    """Compiles the schemas where they were copied to; an editable installation has them from the tests, or not."""

    def run(self) -> None:
        """Copy the packages, then compile their schemas."""
        super().run()
        if not self.editable_mode:
            runpy.run_path(str(TOOL))["main"](Path(self.build_lib) / "schemas")


setup(cmdclass={"build_py": BuildWithSchemas})
