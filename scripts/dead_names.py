"""Find names that nothing uses: vulture, told of what is used by name elsewhere.

That is: in templates, settings and strings (SQL), as a field of a row or a message, by a framework.

`python -m scripts.dead_names` prints each, and ends with 1 when there is one.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from vulture import Vulture

BASE = Path(__file__).resolve().parent.parent
PROGRAM = ("portal", "ingestion", "reviews", "bench", "scripts", "manage.py")
WORD = re.compile(r"[A-Za-z_]\w*")
# Called, or read, by a framework by its name.
DJANGO = [
    "*Config", "Command", "help", "add_arguments", "requires_system_checks", "Meta", "clean_*",
    "abstract", "ordering", "indexes", "constraints", "objects", "*_FIELD", "REQUIRED_FIELDS",
    "get_by_natural_key", "process_view", "bound_data", "has_changed", "emit", "handleError",
    "connection_class", "default_auto_field", "verbose_name", "urlpatterns", "app_name", "choices",
    "register", "application", "handle", "handler4*", "handler500", "_stream", "_mutable",
    "do_POST", "handle_RCPT", "handle_DATA", "log_message", "daemon_threads", "send_messages",
    "readable", "is_open_for_signup", "safe_say", "unraisablehook", "_has_been_logged", "PlainView",
]  # fmt: skip
# Used by nothing of the program, and kept for a reason.
KEPT = {
    "GOLD_GOOD": "the third of three names of one code",
    "gwet": "AC1 and AC2 with a range: what docs/statistics.md defines, held to published values",
    "Prose": "the field that the architecture test asks for where a form takes a long text",
    "likelihood": "the array that it names is changed in place",
    "save_patterns": "the step by which operators set a team's own patterns (docs/privacy.md)",
}
DECORATORS = [
    "@shared_task*", "@register.*", "@*.connect*", "@receiver*", "@property", "@cached_property",
    "@admin.*", "@require_*",
]  # fmt: skip


def words_of(files: Iterable[Path]) -> set[str]:
    """Every word in these files, as text."""
    return {word for path in files for word in WORD.findall(path.read_text())}


def fields_and_strings(tree: ast.Module) -> Iterator[str]:
    """Names of the fields of classes (their values go to the database, to JSON, to templates), and
    every word of strings that are no docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                targets = line.targets if isinstance(line, ast.Assign) else [
                    getattr(line, "target", None)
                ]  # fmt: skip
                yield from (one.id for one in targets if isinstance(one, ast.Name))
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
        ):
            yield from WORD.findall(node.value)


def used_by_name(sources: Iterable[Path]) -> set[str]:
    """What vulture cannot see being used."""
    found = words_of(path for path in (BASE / "templates").rglob("*") if path.is_file())
    found |= words_of([BASE / "portal" / "settings.py", BASE / "pyproject.toml"])
    for path in sources:
        found.update(fields_and_strings(ast.parse(path.read_text())))
    return found


def main() -> int:
    """Print what is dead; 1 when something is."""
    checker = Vulture(ignore_names=DJANGO, ignore_decorators=DECORATORS)
    checker.scavenge(
        [str(BASE / one) for one in PROGRAM], exclude=["*/migrations/*", "*/portal/settings.py"]
    )
    known = set(KEPT) | used_by_name(
        path for root in PROGRAM if (BASE / root).is_dir() for path in (BASE / root).rglob("*.py")
    )
    dead = [one for one in checker.get_unused_code(min_confidence=60) if one.name not in known]
    for one in dead:
        place = Path(one.filename).relative_to(BASE)
        sys.stdout.write(f"{place}:{one.first_lineno}: nothing uses the {one.typ} {one.name}\n")
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
