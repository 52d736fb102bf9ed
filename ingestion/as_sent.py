"""What clients really send, put into our shape: nothing of a conversation is refused for a part.

Pure: plain values in, plain values out. It knows the messages of OpenAI (chat and responses),
Anthropic, Gemini, LangChain and the AI SDK by their parts. Words are kept; of a picture, a sound
or a file its name alone; a refusal is the answer's words; of a call of a tool its name and what it
was given. What fits already never comes by here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

MOST_ARGUMENTS = 8_000  # characters of what a tool was given
MOST_NAME = 120
MOST_CALLS = 50
ROLES = {"function": "tool", "human": "user", "ai": "assistant", "model": "assistant"}
OF_A_PASSAGE = ("text", "title", "url", "score", "updated_at")

TEXT = {"text", "input_text", "output_text", "summary_text"}
# What the customer did not see.
UNSEEN = {"thinking", "redacted_thinking", "reasoning", "step-start", "cache_control", "data"}
CALLS = {
    "tool_use", "server_tool_use", "mcp_tool_use", "tool_call", "tool-call", "function_call",
    "function", "dynamic-tool",
}  # fmt: skip
RESULTS = {
    "tool_result", "tool-result", "function_call_output", "tool_call_response",
    "web_search_tool_result", "mcp_tool_result",
}  # fmt: skip
PLACEHOLDERS = {
    "image": "picture", "image_url": "picture", "input_image": "picture", "image_file": "picture",
    "audio": "audio", "input_audio": "audio", "output_audio": "audio", "video": "video",
    "video_url": "video", "file": "file", "input_file": "file", "document": "file", "uri": "file",
    "blob": "file", "media": "file",
}  # fmt: skip
OF_FILES = {"image": "picture", "audio": "audio", "video": "video"}
NO_WORD = re.compile(r"[^a-z0-9 ]+")


def _words(value: Any) -> str | None:
    """The words of a text, also of `{"value": ...}` as OpenAI's threads have it."""
    if isinstance(value, Mapping):
        value = value.get("value")
    return value if isinstance(value, str) else None


def _name_of(part: Mapping[str, Any], kind: str) -> str:
    """What a part is called that cannot be read: by its type, a file by the kind of file. Nothing
    for what says not even that."""
    blob = part.get("inlineData") or part.get("inline_data") or part.get("fileData")
    source = blob if isinstance(blob, Mapping) else part
    mimes = [source.get(key) for key in ("mediaType", "mimeType", "mime_type", "media_type")]
    mime = next((one for one in mimes if isinstance(one, str)), "")
    name = PLACEHOLDERS.get(kind, kind) or ("file" if blob else "")
    if name == "file":
        name = OF_FILES.get(mime.split("/")[0], name)
    return f"[{NO_WORD.sub(' ', name.lower()).strip()[:40] or 'part'}]" if name else ""


def _plain(value: Any) -> str:
    """Any value as text: a text as it is, the rest as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


def called(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call of a tool as it is kept: its `name`, and its `arguments` as text; whatever else is
    sent in its place is kept as arguments without a name.

    >>> called({"type": "function", "function": {"name": "find", "arguments": '{"id": 7}'}})
    {'name': 'find', 'arguments': '{"id": 7}'}
    """
    inner = call.get("function")
    source: Mapping[str, Any] = inner if isinstance(inner, Mapping) else call
    name = source.get("name") or call.get("toolName")
    given = next(
        (source[key] for key in ("arguments", "input", "args", "parameters") if key in source), None
    )
    if not isinstance(name, str):
        name, given = "", call if given is None else given
    return {"name": name[:MOST_NAME], "arguments": _plain(given)[:MOST_ARGUMENTS]}


class _Read:
    """What the parts of one message hold."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.calls: list[dict[str, Any]] = []
        self.results: list[str] = []

    def part(self, part: Any) -> bool:
        """Read one part; False for what is none."""
        if isinstance(part, str):
            self.words.append(part)
            return True
        if not isinstance(part, Mapping):
            return False
        kind = part.get("type")
        kind = kind if isinstance(kind, str) else ""
        if kind in UNSEEN or part.get("thought") is True:
            return True
        if self._call(part, kind) or self._result(part, kind) or self._said(part, kind):
            return True
        name = _name_of(part, kind)
        self.words.append(name)
        return name != ""

    def _call(self, part: Mapping[str, Any], kind: str) -> bool:
        of_gemini = part.get("functionCall")
        if isinstance(of_gemini, Mapping):
            self.calls.append(called(of_gemini))
            return True
        if kind in RESULTS or not (kind in CALLS or kind.startswith("tool-")):
            return False
        named = {} if kind in CALLS else {"name": kind.removeprefix("tool-")}  # as the AI SDK does
        self.calls.append(called({**named, **part}))
        if part.get("output") is not None:
            self.results.append(_plain(part["output"]))
        return True

    def _result(self, part: Mapping[str, Any], kind: str) -> bool:
        of_gemini = part.get("functionResponse")
        if isinstance(of_gemini, Mapping):
            self.results.append(_plain(of_gemini.get("response")))
            return True
        if kind not in RESULTS:
            return False
        given = next(
            (part[key] for key in ("content", "output", "result", "response") if key in part), None
        )
        inner = read_parts(given) if isinstance(given, list) else None
        self.results.append("\n".join(inner.words) if inner else _plain(given))
        return True

    def _said(self, part: Mapping[str, Any], kind: str) -> bool:
        """Words: a text, a refusal, what a sound says."""
        sound = part.get(kind)
        for words in (
            _words(part.get("text")),
            part.get("refusal") if kind == "refusal" else None,
            part.get("content") if kind in TEXT else None,  # as OpenTelemetry writes them
            part.get("transcript"),
            sound.get("transcript") if isinstance(sound, Mapping) else None,
        ):
            if isinstance(words, str):
                self.words.append(words)
                return True
        return False


def read_parts(parts: Iterable[Any]) -> _Read | None:
    """What a list of parts holds; None when something in it is no part."""
    found = _Read()
    for part in parts:
        if part is not None and not found.part(part):
            return None
    return found


def _spoken(audio: Any) -> str:
    transcript = audio.get("transcript") if isinstance(audio, Mapping) else None
    return transcript if isinstance(transcript, str) else "[audio]"


def _calls(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    sent = message.get("tool_calls")
    found = [one for one in sent if isinstance(one, Mapping)] if isinstance(sent, list) else []
    old = message.get("function_call")
    return [called(one) for one in [*found, *([old] if isinstance(old, Mapping) else [])]]


def _role(message: Mapping[str, Any]) -> Any:
    role = message.get("role")
    if role is None:
        return ROLES.get(str(message.get("type")))  # as LangChain has it
    return ROLES.get(role, role) if isinstance(role, str) else role


def _read(message: Mapping[str, Any]) -> _Read | None:
    """The parts of the content; None when it is one text, or nothing that can be read."""
    content = message.get("content")
    content = message.get("parts") if content is None else content
    if isinstance(content, Mapping):
        content = [content]
    return read_parts(content) if isinstance(content, list) else None


def _instead(message: Mapping[str, Any]) -> str | None:
    """The words of a message without content: its refusal, or what its sound says."""
    refusal, audio = message.get("refusal"), message.get("audio")
    if isinstance(refusal, str):
        return refusal
    return _spoken(audio) if audio else None


def message_in_our_shape(message: Mapping[str, Any]) -> dict[str, Any]:
    """One message with our fields only; what is no message stays as it is, to be refused by name.

    >>> message_in_our_shape({"role": "assistant", "content": None, "refusal": "I can't."})
    {'role': 'assistant', 'content': "I can't."}
    """
    role, content, calls = _role(message), message.get("content"), _calls(message)
    read = _read(message)
    if read is not None:
        calls += read.calls
        content = "\n".join(words for words in read.words if words)
        if read.results and not content and role in ("user", "tool"):
            role, content = "tool", "\n".join(read.results)
    ours = {
        "role": role,
        "content": _instead(message) if content in (None, "") else content,
        "at": message.get("at"),
        **{key: _cut(message.get(key)) for key in ("name", "tool_call_id")},
        "tool_calls": calls[:MOST_CALLS] or None,
    }
    return {key: value for key, value in ours.items() if value is not None}


def _cut(name: Any) -> str | None:
    return name[:MOST_NAME] if isinstance(name, str) else None


def _passage(passage: Mapping[str, Any]) -> dict[str, Any]:
    named = {"text": passage.get("page_content", passage.get("content")), **passage}
    return {key: named[key] for key in OF_A_PASSAGE if named.get(key) is not None}


def in_our_shape(row: Mapping[str, Any]) -> dict[str, Any]:
    """A conversation with what clients leave null left out, and its messages and passages in our
    shape. Fields of the conversation itself that are not ours stay, to be refused by name."""
    ours = {key: value for key, value in row.items() if value is not None}
    for field, shape in (("messages", message_in_our_shape), ("passages", _passage)):
        rows = ours.get(field)
        if isinstance(rows, list):
            ours[field] = [shape(one) if isinstance(one, Mapping) else one for one in rows]
    return ours
