"""Compiles the schemas that documents are checked against to Python, which says within a millisecond that one is valid.

fastjsonschema writes the code. It is used for the answer "valid" alone: everything else is jsonschema's to say, which
takes longer to import than a document to check. The builds of the image and of the wheel run it, as do the tests, and
`make` where something is measured; what it writes is not kept in the repository.
"""

import ast
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import fastjsonschema

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ("deployment", "elastigroup", "execution", "infrastructure", "policy", "service")
ANNOTATIONS = frozenset(
    {"$schema", "$id", "$comment", "title", "description", "examples", "default", "deprecated", "format"}
)
"""Keywords without which a schema accepts the same values."""
_VALUES = frozenset(
    {
        "enum",
        "exclusiveMinimum",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "required",
        "type",
    }
)
_HEADER = '"""Made from schemas/{name}.schema.json by tools/compile_schemas.py: `CHECKS` accept what it accepts."""\n\n'


def main(schemas: Path = ROOT / "schemas") -> int:
    """Write a module for each schema into the folder `compiled` beside the schemas; return the exit code 0."""
    target = schemas / "compiled"
    target.mkdir(exist_ok=True)
    for name in SCHEMAS:
        code = compile_schema(json.loads((schemas / f"{name}.schema.json").read_text("utf-8")), name)
        (target / f"{name}.py").write_text(code, "utf-8")
    return 0


def is_outdated(schemas: Path = ROOT / "schemas") -> bool:
    """Return whether a module is missing, or older than its schema or than this tool."""
    modules = {schemas / f"{name}.schema.json": schemas / "compiled" / f"{name}.py" for name in SCHEMAS}
    return not all(
        module.is_file() and module.stat().st_mtime > max(Path(__file__).stat().st_mtime, schema.stat().st_mtime)
        for schema, module in modules.items()
    )


def compile_schema(schema: Mapping[str, Any], name: str) -> str:
    """Return a module whose `CHECKS` has a function for the schema, and one for each of its `$defs` that it refers to.

    They take a value and raise `ValueError` if it is not valid. Raises `ValueError` for an unknown keyword.
    """
    source = {**simplify(schema), "$schema": "https://json-schema.org/draft/2019-09/schema"}
    written: str = fastjsonschema.compile_to_code(source, detailed_exceptions=False, use_default=False)
    tree = _Shortener().visit(ast.parse(written))
    body = [each for each in tree.body if not isinstance(each, ast.ImportFrom) and not _is_version(each)]
    checks = ", ".join(_checks(schema, {each.name for each in body if isinstance(each, ast.FunctionDef)}))
    code = "\n".join(ast.unparse(ast.fix_missing_locations(each)) for each in body)
    return f"{_HEADER.format(name=name)}{code}\nCHECKS = {{{checks}}}\n"


def simplify(schema: Any) -> Any:  # noqa: ANN401 - any JSON Schema
    """Return the schema without annotations, in words that fastjsonschema understands as jsonschema does."""
    if isinstance(schema, bool):
        return schema
    found: dict[str, Any] = {}
    also: list[Any] = []
    for key, value in schema.items():
        if key in _NESTED:
            found[key] = _NESTED[key](value)
        elif key == "const":  # its code for this needs the details that it leaves out
            also.append({"enum": [value]})
        elif key == "$ref":  # it takes no notice of what stands beside one
            also.append({"$ref": value})
        elif key == "required" and not set(value) <= set(schema.get("properties", ())):
            also.append({"required": value})  # it refuses a schema that requires what it takes for not allowed
        elif key == "pattern":  # it takes each $ for the end of the text
            found[key] = re.sub(r"(\[[^]]*)\$([^]]*\])", r"\1\\x24\2", value)
        elif key in _VALUES:
            found[key] = value
        elif key not in ANNOTATIONS:
            raise ValueError(f"the keyword {key} is not known to be compiled as jsonschema checks it")
    return {**found, "allOf": [*found.get("allOf", ()), *also]} if also else found


def _simplify_map(schemas: Mapping[str, Any]) -> dict[str, Any]:
    return {name: simplify(each) for name, each in schemas.items()}


def _simplify_list(schemas: Iterable[Any]) -> list[Any]:
    return [simplify(each) for each in schemas]


_NESTED: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("properties", "patternProperties", "$defs"), _simplify_map),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _simplify_list),
    **dict.fromkeys(("additionalProperties", "else", "if", "items", "not", "then"), simplify),
}


def _is_version(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "VERSION"


def _checks(schema: Mapping[str, Any], functions: set[str]) -> Iterator[str]:
    """The entries of `CHECKS`. Raises `ValueError` where a function is not known to be that of one definition."""
    names = {"validate": ""} | {f"validate____defs_{name.lower()}": name for name in schema.get("$defs", ())}
    if len(names) != 1 + len(schema.get("$defs", ())) or functions - names.keys():
        raise ValueError(f"these functions stand for no definition, or for several: {functions - names.keys()}")
    yield from (f"{names[function]!r}: {function}" for function in sorted(functions))


class _Shortener(ast.NodeTransformer):
    """Leaves out what only messages need: where a value stands, and what is wrong with it."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def visit_Raise(self, _node: ast.Raise) -> ast.Raise:
        return ast.Raise(ast.Name("ValueError", ast.Load()), None)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.type = ast.Name("ValueError", ast.Load())
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._names = {}
        node.args = ast.arguments([], [ast.arg("data")], None, [], [], None, [])
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._short(node.arg)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id.startswith("validate"):
            node.args = node.args[:1]
        return self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        """A list alone is an array to jsonschema, and no document has decimals."""
        names = {ast.unparse(each) for each in node.elts}
        node.elts = [each for each in node.elts if ast.unparse(each) != "Decimal"]
        return ast.Name("list", ast.Load()) if names == {"list", "tuple"} else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._short(node.id)
        return node

    def _short(self, name: str) -> str:
        return self._names.setdefault(name, f"v{len(self._names)}") if name.startswith("data") else name


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
