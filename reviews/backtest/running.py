"""Replay folders, many at a time, and write what was said beside each."""

from __future__ import annotations

import importlib
import inspect
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from reviews.backtest import exported, recorded
from reviews.backtest.loop import Choice, Grader, WholeLoop
from reviews.backtest.reading import BadInputError
from reviews.backtest.shapes import Recorded
from reviews.backtest.telling import output, replayed, sentence

OUTPUT = "output.json"
# One thread a process: there is one process a core already.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
FORMS = (
    "It needs conversations.jsonl and grades.jsonl, or stream.jsonl and grades.jsonl, "
    "or what `manage.py export_history` writes."
)


@dataclass(frozen=True)
class Told:
    """What came of a folder: its line, and whether it could be read."""

    folder: Path
    words: str
    is_done: bool


def grader(name: str, folder: Path) -> Grader:
    """The callable that `MODULE:CALLABLE` names. Raises BadInputError.

    One that takes a parameter `folder` is told which folder it grades for.
    """
    module, _, attribute = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadInputError(
            f"--whole-loop {name!r}: {error}. Write MODULE:CALLABLE, importable from here."
        ) from error
    if "folder" in inspect.signature(found).parameters:
        return partial(found, folder=folder)
    return found  # type: ignore[no-any-return]


def load(folder: Path, whole_loop: str = "", choice: Choice | None = None) -> Recorded:
    """The history in a folder of any form. Raises BadInputError."""
    if not folder.is_dir():
        raise BadInputError(f"{folder} is no folder.")
    if exported.is_export(folder):
        if whole_loop:
            raise BadInputError(f"{folder}: --whole-loop needs conversations, not an export.")
        return exported.load(folder)
    if not recorded.is_recorded(folder):
        raise BadInputError(f"{folder} is of no known form. {FORMS}")
    loop = WholeLoop(grader(whole_loop, folder), choice or Choice()) if whole_loop else None
    return recorded.load(folder, loop)


def backtest(folder: Path, whole_loop: str = "", choice: Choice | None = None) -> Told:
    """Replay one folder and write its output.json, whole or not at all."""
    try:
        found = load(folder, whole_loop, choice)
    except BadInputError as error:
        return Told(folder, str(error), is_done=False)
    said = replayed(found.history)
    content = msgspec.json.format(msgspec.json.encode(output(found, said)), indent=1)
    unfinished = folder / f".{OUTPUT}.{os.getpid()}"
    try:
        unfinished.write_bytes(content + b"\n")
        unfinished.replace(folder / OUTPUT)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        return Told(folder, f"{folder / OUTPUT} cannot be written: {error.strerror}.", False)
    return Told(folder, sentence(found, said), is_done=True)


def backtest_all(
    folders: Sequence[Path], jobs: int, whole_loop: str = "", choice: Choice | None = None
) -> Iterator[Told]:
    """Every folder, in the order given, `jobs` at a time."""
    one = partial(backtest, whole_loop=whole_loop, choice=choice)
    if min(jobs, len(folders)) <= 1:
        yield from map(one, folders)
        return
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    try:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(jobs, len(folders)), mp_context=context) as pool:
            yield from pool.map(one, folders)
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
