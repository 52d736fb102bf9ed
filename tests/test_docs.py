"""What the pages of documentation say is so: paths, commands, fields, settings, addresses."""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest
from django.core.management import get_commands

from ingestion.releases import ReleaseIn
from ingestion.signals import SignalIn
from ingestion.wire import ConversationIn, Message, Passage
from portal.shell.api_urls import urlpatterns
from reviews.api.views import FlagIn

BASE = Path(__file__).resolve().parent.parent
PAGES = sorted([*BASE.glob("*.md"), *(BASE / "docs").rglob("*.md")])
OURS = (
    "portal",
    "ingestion",
    "reviews",
    "tests",
    "bench",
    "scripts",
    "deploy",
    "docs",
    "templates",
)
TICKED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PATH = re.compile(rf"(?:{'|'.join(OURS)})/[\w./-]*\w/?")
MAKE = re.compile(r"\bmake ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)")
MANAGE = re.compile(r"manage\.py ([a-z_]+)")
MODULE = re.compile(r"python3? -m ((?:portal|ingestion|reviews|tests|bench|scripts)[\w.]*)")
SETTING = re.compile(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \|", re.M)
# Of other packages, or of Django itself.
FOREIGN = {"migrate", "collectstatic", "check", "runserver", "makemigrations", "shell"}


def name(page: Path) -> str:
    return page.relative_to(BASE).as_posix()


def ticked(page: Path) -> str:
    """What stands in code, between backticks or indented or fenced."""
    text = page.read_text()
    blocks = re.findall(r"^(?:    |\t).*$|^```[\s\S]*?^```", text, re.M)
    return "\n".join(TICKED.findall(text) + blocks)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    lost = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    if page.name != "CHANGELOG.md":  # which speaks of what was
        lost += [one for one in PATH.findall(ticked(page)) if not is_there(one)]
    assert not lost, f"{name(page)} leads to what is not there: {lost}"


def is_there(path: str) -> bool:
    """A file, a folder, a module without its ending, or a copy of an example."""
    return any((BASE / one).exists() for one in (path, f"{path}.py", f"{path}.example"))


@pytest.mark.parametrize("page", [one for one in PAGES if one.name != "CHANGELOG.md"], ids=name)
def test_commands_are_there(page: Path) -> None:
    code = ticked(page)
    targets = set(re.findall(r"^([a-z][a-z-]*):", (BASE / "Makefile").read_text(), re.M))
    lost = [f"make {one}" for one in MAKE.findall(code) if one.split()[0] not in targets]
    known = set(get_commands()) | FOREIGN
    lost += [f"manage.py {one}" for one in MANAGE.findall(code) if one not in known]
    lost += [f"python -m {one}" for one in MODULE.findall(code) if find_spec(one) is None]
    assert not lost, f"{name(page)} tells people to type what is not there: {lost}"


@pytest.mark.parametrize(
    ("what", "struct"),
    [
        ("conversation", ConversationIn),
        ("message", Message),
        ("passage", Passage),
        ("signal", SignalIn),
        ("release", ReleaseIn),
        ("flag", FlagIn),
    ],
)
def test_the_fields_of_the_api_are_those_of_its_types(
    what: str, struct: type[msgspec.Struct]
) -> None:
    text = (BASE / "docs" / "api.md").read_text()
    table = text.split(f"| Field of a {what} |")[1].split("\n\n")[0]
    rows = [line.split("|")[1] for line in table.split("\n")[2:]]
    said = [field for row in rows for field in TICKED.findall(row)]
    assert sorted(said) == sorted(struct.__struct_fields__)


def test_the_addresses_of_the_api_are_all_there() -> None:
    text = (BASE / "docs" / "api.md").read_text()
    said = set(re.findall(r"^\| `(?:GET|POST) /api/(v1/[\w/]+)`", text, re.M))
    routes = {str(one.pattern) for one in urlpatterns}
    assert said == {one for one in routes if re.fullmatch(r"v1/[\w/]+", one)}


def settings_read() -> set[str]:
    """The names that portal/running/env.py asks the environment for."""
    found = set()
    for node in ast.walk(ast.parse((BASE / "portal" / "running" / "env.py").read_text())):
        if isinstance(node, ast.Call):
            asked = ast.unparse(node.func) in ("environ.get", "environ_.get", "_flag", "_url")
            names = [one.value for one in node.args if isinstance(one, ast.Constant)]
            found |= {one for one in names[:1] if asked and isinstance(one, str) and one}
    return found


def test_the_settings_are_those_that_the_program_reads() -> None:
    text = (BASE / "docs" / "operating.md").read_text()
    section = text.split("## Settings")[1].split("\n## ")[0]
    said = {one for row in SETTING.findall(section) for one in TICKED.findall(row)}
    assert said == settings_read()
