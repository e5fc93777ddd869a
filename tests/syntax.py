"""The rooms' source as syntax trees, for the tests that hold the architecture."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("samklang", "web", "scheduler", "workers", "reports", "campaigns", "connectors", "sandbox")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the house."""

    path: str
    """Below the root, with slashes."""
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The top folder."""
        return self.path.partition("/")[0]

    def walk(self) -> Iterator[ast.AST]:
        """Yield every node."""
        return ast.walk(self.tree)

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Yield every call with the last word of what is called."""
        for node in self.walk():
            if isinstance(node, ast.Call):
                yield name_of(node.func), node

    def functions(self) -> Iterator[tuple[str, Function]]:
        """Yield every function and method with its qualified name."""
        yield from _functions(self.tree, "")


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | Function):
            name = f"{prefix}{child.name}"
            if isinstance(child, Function):
                yield name, child
            yield from _functions(child, f"{name}.")
        else:
            yield from _functions(child, prefix)


@cache
def modules() -> tuple[Module, ...]:
    """Return every Python file of the rooms."""
    files = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    texts = [(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in files]
    return tuple(Module(path, text, ast.parse(text)) for path, text in texts)


def name_of(node: ast.AST) -> str:
    """Return the last word of a name: `Post` for `post.Post`; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def dotted(node: ast.AST) -> str:
    """Return a name with its dots: `datetime.now`; calls and subscripts in it are left out."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return node.id if isinstance(node, ast.Name) else ""


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the full name of everything that is imported, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def docstring_lines(node: Function) -> int:
    """Return how many lines the docstring of a function has."""
    first = node.body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (first.end_lineno or 0) - first.lineno + 1 if is_text else 0
