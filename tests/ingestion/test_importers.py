"""Files: every known shape, resumable, refusals with their fix, flat memory."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ingestion.importers.reading import UnreadableFileError, read_lines
from ingestion.importers.run import import_file
from ingestion.importers.shapes import to_ours
from ingestion.models import Conversation, DayCount, Release
from tests.world import World

TURNS = [
    {"role": "user", "content": "Where is my parcel?"},
    {"role": "tool", "content": '{"status": "on its way"}'},
    {"role": "assistant", "content": "It arrives tomorrow."},
]
SET_RECORD = {
    "id": "set-1",
    "source": "made up",
    "started_at": None,
    "intent": "delivery",
    "question_id": "q1",
    "messages": TURNS,
    "retrieved": [{"text": "Parcels take a day.", "title": "Delivery"}],
    "model": "m1",
    "retrieval": "index 3",
    "reference_grades": [{"annotator": "ann", "verdict": "pass"}],
}


def write(path: Path, *records: Any) -> Path:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in records))
    return path


def stored(world: World, path: Path, **options: Any) -> int:
    return list(import_file(assistant=world.assistant, path=path, at=world.now, **options))[
        -1
    ].accepted


def test_a_record_of_an_evaluation_set_finds_its_fields(world: World, tmp_path: Path) -> None:
    assert stored(world, write(tmp_path / "a.jsonl", SET_RECORD)) == 1
    row = Conversation.objects.get()
    assert (row.kind, row.model, row.retrieval_version) == ("delivery", "m1", "index 3")
    assert row.passages == [{"text": "Parcels take a day.", "title": "Delivery"}]
    assert row.attributes == {"source": "made up", "question_id": "q1"}
    assert row.started_at == world.now
    assert DayCount.objects.get().conversations == 1


def test_openai_chat_lines_get_an_id_and_are_stored_once(world: World, tmp_path: Path) -> None:
    path = write(tmp_path / "chat.jsonl", {"messages": TURNS}, {"messages": TURNS})
    assert stored(world, path) == 1
    assert stored(world, path) == 0


def test_csv_rows_and_other_column_names(world: World, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,Customer question,answer,latency_ms\n7,Open on Sunday?,No.,120\n")
    assert stored(world, path, columns={"Customer question": "question"}) == 1
    row = Conversation.objects.get()
    assert [one["content"] for one in row.messages] == ["Open on Sunday?", "No."]
    assert row.latency_ms == 120


def test_gzip_reads_the_same(world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(SET_RECORD).encode()))
    assert stored(world, path) == 1


def test_undated_ones_are_spread_by_their_id_and_say_so(world: World, tmp_path: Path) -> None:
    records = [{**SET_RECORD, "id": f"s{number}"} for number in range(40)]
    assert stored(world, write(tmp_path / "a.jsonl", *records), spread_days=28) == 40
    days = set(Conversation.objects.values_list("day", flat=True))
    assert len(days) > 10
    assert Conversation.objects.filter(attributes__date_made_by_import=True).count() == 40


def test_refused_lines_go_to_a_file_and_the_others_are_kept(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a.jsonl", SET_RECORD, {"id": "b", "messages": []}, [1])
    path.write_text(path.read_text() + "{broken\n")
    refused = tmp_path / "refused.jsonl"
    call_command("import_conversations", path, assistant="support", refused=refused)
    rows = [json.loads(line) for line in refused.read_text().splitlines()]
    assert [row["index"] for row in rows] == [2, 3, 4]
    assert all(row["field"] and row["reason"] and row["fix"] for row in rows)
    assert Conversation.objects.count() == 1
    assert "1 stored, 0 known already, 3 refused" in capsys.readouterr().out


CUT = gzip.compress(b"{}" * 999, mtime=0)[:20]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("empty", b"", "is empty"), ("cut.gz", CUT, "broken gzip")],
    ids=["empty", "cut"],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=words):
        list(read_lines(path))


def test_an_unknown_assistant_is_answered_with_those_there_are(world: World) -> None:
    with pytest.raises(CommandError, match="acorn/support, other/elsewhere"):
        call_command("import_conversations", Path("x"), assistant="nobody")


def test_memory_stays_flat_however_long_the_file(tmp_path: Path) -> None:
    record = json.dumps({**SET_RECORD, "messages": [{"role": "assistant", "content": "x" * 2000}]})
    path = tmp_path / "long.jsonl"
    path.write_text(f"{record}\n" * 20_000)  # about 45 MB
    tracemalloc.start()
    assert sum(1 for _ in read_lines(path)) == 20_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_changes_become_releases_once(world: World, tmp_path: Path) -> None:
    change = {"at": "2026-10-08T14:00:00+00:00", "kind": "content", "to": "x3", "note": "pages"}
    path = write(tmp_path / "changes.jsonl", change)
    for _ in range(2):
        call_command("import_releases", path, assistant="support")
    release = Release.objects.get()
    assert (release.kind, release.name, release.announced) == ("retrieval", "x3", True)
    with pytest.raises(CommandError, match="Line 1 does not fit"):
        call_command("import_releases", write(path, {"kind": "x"}), assistant="support")


def test_a_text_passage_becomes_an_object() -> None:
    assert to_ours({"contexts": ["One."], "answer": "A."})["passages"] == [{"text": "One."}]
