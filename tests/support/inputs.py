"""The inputs of an environment without problems, as tests want them."""

from collections.abc import Mapping

from spotaction.inputs.fields import Inputs
from spotaction.inputs.read import read_environment
from spotaction.model.errors import InvalidError


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """Return the inputs of a run; raises `InvalidError` with every problem of every input."""
    found = read_environment(environ)
    if found.problems:
        raise InvalidError(found.problems)
    return found.inputs
