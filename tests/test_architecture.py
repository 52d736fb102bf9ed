"""Imports point one way, pure modules stay pure, and files stay where a newcomer looks for them."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

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
    "portal/words.py",
    "portal/given.py",
    "portal/refused.py",
    "portal/version.py",
    "reviews/alerts/addresses.py",
    "reviews/pages/trends/csv_cells.py",
    "portal/deadline.py",
    "portal/mail/rule.py",
    "portal/forms/opened.py",
    "portal/running/embedded",
    "portal/demo/content",
    "portal/demo/story.py",
    "portal/demo/reviewers.py",
    "ingestion/as_sent.py",
    "ingestion/wire.py",
    "ingestion/redaction",
    "ingestion/importers/reading.py",
    "ingestion/importers/shapes.py",
)
# The bodies that programs send have a door of their own: ingestion.wire.
OF_PROGRAMS = ("ingestion/api/body.py", "ingestion/api/auth.py")
DJANGO = ("django", "rest_framework", "celery", "allauth")

# The house, lowest floor first. A room is a folder or a file with one subject; what stands in a
# folder that is not named here belongs to the folder above it. Imports go down only: neither up,
# nor to another room of the same floor.
FLOORS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "what can be kept and read again, how anything says no, which release it is",
        (
            "portal/given.py", "portal/refused.py", "portal/stored.py", "portal/version.py",
            "ingestion/as_sent.py",
        ),
    ),
    (
        "the ground: values, no rows of ours",
        (
            "portal/deadline.py", "portal/locks.py", "portal/cache.py", "portal/timetable.py",
            "portal/logs", "reviews/stats",
            "ingestion/redaction", "ingestion/alike.py", "ingestion/wire.py",
        ),
    ),
    (
        "words, mails, ticks, and geometry",
        (
            "portal/words.py", "portal/apps.py", "portal/celery.py", "portal/mail", "portal/ticks",
            "reviews/charts",
        ),
    ),
    ("forms, and the machine room", ("portal/forms", "portal/running")),
    ("people", ("portal/accounts", "portal/templatetags", "portal/settings.py", "portal/wsgi.py")),
    ("rows of what the assistant said", ("ingestion/models",)),
    ("what comes in", ("ingestion",)),
    (
        "by which roads it comes in; rows of what people make of it",
        ("ingestion/api", "ingestion/importers", "reviews/models", "reviews/backtest"),
    ),
    (
        "what counts as good, who owns it, how much was counted",
        ("reviews/definition", "reviews/owners.py", "reviews/measure", "portal/gate"),
    ),
    ("which answers are looked at, and what is known", ("reviews/sampling", "reviews/watch")),
    (
        "people's work, and how it stands in words",
        ("reviews/grading", "reviews/answer", "reviews/export.py"),
    ),
    (
        "what is sent and told",
        ("reviews/reports", "reviews/alerts", "reviews/api", "reviews/pages/charts"),
    ),
    ("pages, and all mails that wait", ("reviews/pages", "reviews/outbox.py")),
    (
        "addresses, ticks and commands of an area",
        ("reviews/views", "reviews", "ingestion/views.py", "ingestion/urls.py",
         "ingestion/tasks.py", "ingestion/management"),
    ),
    ("the roof: nothing below imports it", ("portal/shell", "portal/urls.py")),
    ("the demo", ("portal/demo",)),
    ("commands of the whole", ("portal/management",)),
)  # fmt: skip
FLOOR_OF = {room: floor for floor, (_, rooms) in enumerate(FLOORS) for room in rooms}
# A table of addresses names the views of its own area, wherever they stand.
ADDRESSES = ("portal/urls.py", "reviews/urls.py", "ingestion/urls.py", "portal/accounts/urls.py")


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


def room_of(name: str) -> str | None:
    """The room a file stands in: the longest entry of the table that its path begins with."""
    found = [room for room in FLOOR_OF if name == room or name.startswith(f"{room}/")]
    return max(found, key=len, default=None)


def files_of_modules() -> dict[str, str]:
    return {module_of(path): name_of(path) for path in SOURCES}


def crossings() -> Iterator[tuple[str, int, str]]:
    """Each import of a module of ours: from which file, on which line, of which file."""
    files = files_of_modules()
    for path in SOURCES:
        seen = set()
        for line, module in imports(path):
            target = files.get(module)
            if target is None or target.endswith("/__init__.py") or (line, target) in seen:
                continue
            seen.add((line, target))
            yield name_of(path), line, target


def test_every_file_stands_in_a_room_of_the_table() -> None:
    lost = [name_of(path) for path in SOURCES if room_of(name_of(path)) is None]
    lost = [name for name in lost if name != "portal/__init__.py"]
    assert not lost, f"Put it into a room of FLOORS, or give it one there: {lost}"
    gone = [room for room in FLOOR_OF if not (BASE / room).exists()]
    assert not gone, f"FLOORS names rooms that are not there: {gone}"


def test_imports_go_down_the_floors_only() -> None:
    found = []
    for name, line, target in crossings():
        mine, other = room_of(name), room_of(target)
        if mine is None or other is None or mine == other or name in ADDRESSES:
            continue
        if FLOOR_OF[other] >= FLOOR_OF[mine]:
            where = "up to" if FLOOR_OF[other] > FLOOR_OF[mine] else "across to"
            found.append(
                f"{name}:{line} reaches {where} {target} "
                f"({mine} is on floor {FLOOR_OF[mine]}, {other} on {FLOOR_OF[other]})"
            )
    assert not found, (
        "What both need belongs on a floor below both; what needs both, above both. "
        f"Floors, lowest first: {[words for words, _ in FLOORS]}. {found}"
    )


def test_no_module_imports_itself_by_a_detour() -> None:
    """Within a room too: modules that need each other are one module, or three."""
    needs: dict[str, set[str]] = {}
    for name, _, target in crossings():
        needs.setdefault(name, set()).add(target)
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"A circle: {' -> '.join((*way[way.index(name) :], name))}"
        if name not in done:
            for target in sorted(needs.get(name, ())):
                walk(target, (*way, name))
            done.add(name)

    for name in sorted(needs):
        walk(name, ())


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


def views() -> Iterator[Path]:
    """The modules of views; the forms beside them are none."""
    for path in SOURCES:
        if ("views" in path.parts or path.name == "views.py") and path.name != "forms.py":
            yield path


def test_no_view_imports_a_view() -> None:
    """What two of them need is a step, a page or a form."""
    modules = {module_of(path) for path in views() if path.name != "__init__.py"}
    found = [
        f"{name_of(path)}:{line} imports {module}"
        for path in views()
        for line, module in imports(path)
        if module in modules
    ]
    assert not found, f"Move it below both: {found}"


WRITES = ("create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "save",
          "select_for_update", "delete", "set_rollback", "update", "record")  # fmt: skip


def test_views_leave_writing_to_steps() -> None:
    """A view does access, form, step, template: rows and the audit log are written by steps. A form
    that others edit too holds its row by `held_while_saving`."""
    found = [
        f"{name_of(path)}:{node.lineno} {ast.unparse(node.func)}"
        for path in views()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in WRITES
    ]
    assert not found, f"Make it a step that takes keyword arguments and the time: {found}"


@pytest.mark.parametrize(
    ("call", "instead"),
    [
        ("forms.CharField(", "Line or Prose of portal.forms.fields"),
        ("forms.URLField(", "Link of portal.forms.fields"),
        ("forms.DateField(", "Day of portal.forms.fields"),
        ("forms.DateTimeField(", "Moment of portal.forms.fields"),
        ("date.fromisoformat(", "day() of portal.given"),
        ("json.loads(", "document() of portal.given"),
    ],
)
def test_what_browsers_send_is_read_through_the_one_door(call: str, instead: str) -> None:
    found = [
        f"{name_of(path)}:{number}"
        for path in SOURCES
        if {"views", "pages", "api"} & set(path.parts) or path.stem in ("views", "forms")
        if name_of(path) not in OF_PROGRAMS
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if call in line
    ]
    assert not found, f"Use {instead}: {found}"


def test_a_step_says_no_in_one_way() -> None:
    """Pages, the API and commands know what to do with each refusal because there is one kind."""
    found = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in SOURCES
        if name_of(path) != "portal/refused.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Refused")
    ]
    assert not found, f"Raise Refused of portal.refused, with the field and the fix: {found}"


def test_no_module_is_called_utils_and_each_says_what_it_is_for() -> None:
    for path in SOURCES:
        assert path.stem not in ("utils", "helpers", "misc", "common"), name_of(path)
        if path.stat().st_size:
            assert ast.get_docstring(ast.parse(path.read_text())), f"{name_of(path)} says nothing"


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(BASE).with_suffix("").parts).removesuffix(".__init__")


def kept_exceptions(value: Any, depth: int = 4) -> Iterator[BaseException]:
    """Exceptions that `value` is, holds, or has as a default or an attribute."""
    if isinstance(value, BaseException):
        yield value
    if depth == 0 or isinstance(value, str | bytes):
        return
    inner: list[Any] = []
    if isinstance(value, Mapping):
        inner += [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inner += value
    elif isinstance(value, type) and value.__module__.split(".")[0] in OURS:
        inner += vars(value).values()
    elif hasattr(value, "__code__"):
        inner += [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
    for one in inner:
        yield from kept_exceptions(one, depth - 1)


OURS = ("portal", "ingestion", "reviews")
STARTS_SOMETHING = ("portal/running/embedded/__main__.py", "portal/celery.py", "portal/wsgi.py")


def test_no_exception_is_made_once_and_raised_again() -> None:
    """Python hangs the frames of each raise onto the exception: their requests are never freed."""
    found = [
        f"{name_of(path)}: {name} keeps {kept!r}"
        for path in SOURCES
        if name_of(path) not in STARTS_SOMETHING
        for name, value in vars(importlib.import_module(module_of(path))).items()
        for kept in kept_exceptions(value)
    ]
    assert not found, f"Make a new one where it is raised: {found}"


def outside_of_functions(node: ast.AST) -> Iterator[ast.AST]:
    """What runs once, when a module is imported: also defaults and decorators of functions."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            defaults: Iterable[ast.AST | None] = (*inner.args.defaults, *inner.args.kw_defaults)
            for default in filter(None, defaults):
                yield default
                yield from outside_of_functions(default)
        else:
            yield inner
            yield from outside_of_functions(inner)


def is_exception(name: str, module: Any) -> bool:
    value: Any = module
    for part in name.split("."):
        value = getattr(value, part, None) or getattr(importlib.import_module("builtins"), part, 0)
    return isinstance(value, type) and issubclass(value, BaseException)


def remembered_functions(tree: ast.Module) -> Iterator[ast.AST]:
    """What functions with a cache give back."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(
            "cache" in ast.unparse(one) for one in node.decorator_list
        ):
            yield from (one for one in ast.walk(node) if isinstance(one, ast.Return))


def test_no_exception_is_made_while_a_module_is_read_or_kept_in_a_cache() -> None:
    found = []
    for path in SOURCES:
        if name_of(path) in STARTS_SOMETHING:
            continue
        tree, module = ast.parse(path.read_text()), importlib.import_module(module_of(path))
        for node in (*outside_of_functions(tree), *remembered_functions(tree)):
            call = node.value if isinstance(node, ast.Return) else node
            if isinstance(call, ast.Call) and is_exception(ast.unparse(call.func), module):
                found.append(f"{name_of(path)}:{call.lineno}")
    assert not found, f"Make a new one where it is raised: {found}"
