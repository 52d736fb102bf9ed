"""Read a file of records a line at a time: JSONL or CSV, plain or gzip, of any size."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

MAX_LINE = 5_000_000
csv.field_size_limit(MAX_LINE)


class UnreadableFileError(Exception):
    """The file as a whole cannot be read; the message says why and what to do."""


@dataclass(frozen=True)
class Line:
    """One record, or why there is none on this line; `done` is the share of the file read."""

    number: int
    record: dict[str, Any] | None
    problem: str
    done: float


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def _lines(raw: BinaryIO, stream: BinaryIO, size: int) -> Iterator[tuple[int, bytes, float]]:
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        yield number, line, raw.tell() / size
        while len(line) > MAX_LINE and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE)


def _jsonl(raw: BinaryIO, stream: BinaryIO, size: int) -> Iterator[Line]:
    for number, line, done in _lines(raw, stream, size):
        if not line.strip():
            continue
        if len(line) > MAX_LINE:
            yield Line(number, None, f"The line is over {MAX_LINE // 1_000_000} MB.", done)
            continue
        try:
            record = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            yield Line(number, None, f"No JSON: {error}", done)
            continue
        if isinstance(record, dict):
            yield Line(number, record, "", done)
        else:
            yield Line(number, None, "The line is no JSON object.", done)


def _csv(raw: BinaryIO, stream: BinaryIO, size: int) -> Iterator[Line]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    reader = csv.DictReader(text)
    for row in reader:
        record = {key: value for key, value in row.items() if key and value}
        yield Line(reader.line_num, record, "", raw.tell() / size)


def read_lines(path: Path) -> Iterator[Line]:
    """Every line of a file, in order. Raises UnreadableFileError with what to do."""
    try:
        size = path.stat().st_size
        if not size:
            raise UnreadableFileError(f"{path} is empty.")
        with path.open("rb") as raw:
            packed = _is_gzip(path)
            stream: Any = gzip.GzipFile(fileobj=raw) if packed else raw
            is_csv = path.name.removesuffix(".gz").endswith(".csv")
            yield from (_csv if is_csv else _jsonl)(raw, stream, size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableFileError(
            f"{path} is a broken gzip file ({error}). What was read before is stored; "
            "get the file again and run this again: nothing is stored twice."
        ) from error
    except OSError as error:
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror}.") from error
