"""Imports point one way, pure modules stay pure, and files stay where a newcomer looks for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent
SOURCES = sorted(
    path
    for root in ("portal", "ingestion", "reviews")
    for path in (BASE / root).rglob("*.py")
    if "migrations" not in path.parts
)
PURE = (
    "reviews/stats",
    "reviews/charts",
    "reviews/backtest",
    "portal/format.py",
    "portal/embedded",
    "portal/demo/content",
    "portal/demo/story.py",
    "portal/demo/reviewers.py",
    "ingestion/wire.py",
    "ingestion/redaction.py",
    "ingestion/importers/reading.py",
    "ingestion/importers/shapes.py",
)
DJANGO = ("django", "rest_framework", "celery", "allauth")
HOUSE_FOR_REVIEWS = ("portal.accounts", "portal.mail", "portal.format", "portal.celery", "portal")


def name_of(path: Path) -> str:
    return path.relative_to(BASE).as_posix()


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module a file imports for its run, with the line; not what only type checkers see."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{one.name}") for one in node.names)


def breaches(root: str, banned: tuple[str, ...]) -> list[str]:
    return [
        f"{name_of(path)}:{line} imports {module}"
        for path in SOURCES
        if name_of(path).startswith(root)
        for line, module in imports(path)
        if module.split(".")[0] in banned or module.startswith(tuple(f"{one}." for one in banned))
    ]


@pytest.mark.parametrize("root", PURE)
def test_pure_modules_import_no_django(root: str) -> None:
    found = breaches(root, DJANGO)
    assert not found, f"Hand plain values in instead: {found}"


@pytest.mark.parametrize(
    ("root", "banned"),
    [
        ("portal/accounts", ("ingestion", "reviews")),
        ("ingestion", ("reviews",)),
        ("reviews/stats", ("ingestion", "portal", "reviews.models")),
        ("reviews/models", ("reviews.views", "reviews.pages")),
        ("ingestion/models", ("ingestion.api",)),
    ],
)
def test_imports_point_one_way(root: str, banned: tuple[str, ...]) -> None:
    found = breaches(root, banned)
    assert not found, f"Let the upper layer pull what it needs: {found}"


def test_reviews_use_of_the_house_only_people_mail_words_and_wake() -> None:
    found = [
        f"{name_of(path)}:{line} imports {module}"
        for path in SOURCES
        if name_of(path).startswith("reviews/")
        for line, module in imports(path)
        if module.startswith("portal") and not module.startswith(HOUSE_FOR_REVIEWS[:4])
        if module != "portal"
    ]
    assert not found, found


def test_no_import_hides_in_a_function() -> None:
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                found += [
                    f"{name_of(path)}:{inner.lineno}"
                    for inner in ast.walk(node)
                    if isinstance(inner, ast.Import | ast.ImportFrom)
                ]
    assert not found, f"Move it to the top; if that makes a circle, move the code: {found}"


def test_views_reach_rows_through_the_door_only() -> None:
    found = []
    for path in SOURCES:
        if "views" not in path.parts and path.name != "views.py":
            continue
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if ".objects.get(" in line:
                found.append(f"{name_of(path)}:{number}")
    assert not found, f"Use for_team(...) of portal.accounts.access: {found}"


def test_no_module_is_called_utils_and_each_says_what_it_is_for() -> None:
    for path in SOURCES:
        assert path.stem not in ("utils", "helpers", "misc", "common"), name_of(path)
        if path.stat().st_size:
            assert ast.get_docstring(ast.parse(path.read_text())), f"{name_of(path)} says nothing"
