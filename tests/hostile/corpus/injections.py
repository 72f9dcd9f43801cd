"""Texts that would make a careless log say what nobody said, and the places where strangers can put them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from tests.hostile.corpus.log_lines import FORGED
from tests.support.scripted import BASE_URL, LINK, PICTURE, ScriptedUpstream, image, refused

PROMPT = "a watercolour of my grandmother's garden"
_ENTRY = json.dumps(
    {"level": "INFO", "location": "handler:29", "message": FORGED, "service": "submit", "timestamp": "2026-06-10"}
)
_METRIC = json.dumps({"_aws": {"Timestamp": 0, "CloudWatchMetrics": []}, "service": "submit", FORGED: 1})
_REPORT = "REPORT RequestId: 52fdfc07-2182-454f-963f-5f0f9a621d72 Duration: 1.00 ms"

TEXTS: dict[str, str] = {
    "a line feed": f"a\n{_ENTRY}\n",
    "a line feed and a metric": f"a\n{_METRIC}\n",
    "a line feed and the platform's report": f"a\n{_REPORT}\n",
    "carriage return and line feed": f"a\r\n{_ENTRY}\r\n",
    "a carriage return alone": f"a\r{_ENTRY}",
    "the end of a text": f'a", "message": "{FORGED}", "b": "c',
    "the end of an object": f'a"}}\n{_ENTRY}\n{{"b": "c',
    "a line separator": f"a\u2028{_ENTRY}\u2028",
    "a paragraph separator": f"a\u2029{_ENTRY}",
    "a next line": f"a\x85{_ENTRY}\x85",
    "a vertical tab and a form feed": f"a\x0b{_ENTRY}\x0c",
    "separators of files and records": f"a\x1c{_ENTRY}\x1d\x1e",
    "a terminal's commands": f"a\x1b[2K\x1b[1A\x1b[32m{FORGED}\x1b[0m\x1b]0;title\x07",
    "backspaces": "a" + "\b" * 200 + _ENTRY,
    "a NUL": f"a\0{_ENTRY}",
    "a turned reading direction": f"a\u202e{FORGED}\u2066",
    "deletes": f"a{chr(127) * 99}{_ENTRY}",
}
ALL = "".join(TEXTS.values())
WITHOUT_NUL = ALL.replace("\0", "")
IN_A_KEY = "".join(f"a{char}" for char in '\n\r\u2028\u2029\x85\x0b\x0c\x1b\b\0\u202e\x7f"') + _ENTRY.replace(
    "/", ""
)


@dataclass(frozen=True, slots=True)
class Drop:
    """The files of one drop, the picture first."""

    files: Mapping[str, bytes]

    @classmethod
    def made(cls, image: str, sidecar: Mapping[str, object], picture: bytes = PICTURE) -> "Drop":
        return cls({image: picture, f"{image.rpartition('.')[0]}.json": json.dumps(sidecar).encode()})


def _with(sidecar: Mapping[str, object], image: str = "a.jpg", picture: bytes = PICTURE) -> Drop:
    return Drop.made(image, {"prompt": PROMPT, **sidecar}, picture)


# The places in the inbox; all but the first ones end in a refusal that speaks of the text.
DROPS: dict[str, Callable[[str], Drop]] = {
    "names and texts of metadata": lambda text: _with({"metadata": {text[:500]: text[:1500]}}),
    "rerun": lambda text: _with({"rerun": text[:900]}),
    "a key that is edited": lambda _: _with({}, f"{IN_A_KEY}.jpg"),
    "a key that is refused": lambda _: _with({}, f"{IN_A_KEY}.jpg", b"no picture"),
    "a folder": lambda _: _with({}, f"{IN_A_KEY}/a.jpg", b"no picture"),
    "two sidecars": lambda _: Drop({f"{IN_A_KEY}.jpg": PICTURE, f"{IN_A_KEY}.txt": b"p", f"{IN_A_KEY}.yaml": b"p"}),
    "a suffix": lambda _: _with({}, f"a.jpg.{IN_A_KEY}"),
    "a setting's name": lambda text: _with({text: 1}),
    "a setting's value": lambda text: _with({"steps": text}),
    "a model's name": lambda text: _with({"model": text}),
    "a depth map's name": lambda text: _with({"depth_map": f"{text[:900]}.png"}),
    "a depth map that is not there": lambda _: _with({"depth_map": f"{IN_A_KEY}.png"}),
    "a name in metadata with a wrong value": lambda text: _with({"metadata": {text[:3000]: 7}}),
    "a prompt that is too long": lambda text: _with({"prompt": f"{PROMPT}{text * 20}"}),
    "broken JSON": lambda text: Drop({"a.jpg": PICTURE, "a.json": f'{{"{PROMPT}{text}'.encode()}),
    "broken YAML": lambda text: Drop({"a.jpg": PICTURE, "a.yaml": f"{PROMPT}: [{text}".encode()}),
    "a name that comes twice": lambda text: Drop(
        {"a.jpg": PICTURE, "a.json": f"{{{json.dumps(text)}: 1, {json.dumps(text)}: 2}}".encode()}
    ),
    "a broken preset's folder": lambda _: Drop(
        {f"{IN_A_KEY}/_preset.yaml": b"steps: [", f"{IN_A_KEY}/a.jpg": PICTURE, f"{IN_A_KEY}/a.txt": b"p"}
    ),
    "a preset's setting": lambda text: Drop(
        {"_preset.json": json.dumps({text: 1}).encode(), "a.jpg": PICTURE, "a.txt": PROMPT.encode()}
    ),
}


def _post(answer: httpx.Response | Exception) -> Callable[[ScriptedUpstream], None]:
    return lambda upstream: upstream.post_answers.append(answer)


def _poll(body: object) -> Callable[[ScriptedUpstream], None]:
    return lambda upstream: upstream.poll_answers.append(httpx.Response(200, json=body))


def _download(answer: httpx.Response | Exception) -> Callable[[ScriptedUpstream], None]:
    return lambda upstream: upstream.download_answers.append(answer)


_ECHO = f"{PROMPT} {ALL}"  # an upstream may repeat what it was sent
_HEADER = ALL.encode("ascii", "ignore").translate(None, b"\r\n\0")
# The places in an upstream's answers.
ANSWERS: dict[str, Callable[[ScriptedUpstream], None]] = {
    "a refusal's words": _post(refused(400, _ECHO)),
    "a refusal's details": _post(httpx.Response(422, json={"detail": [{"loc": ["body", ALL], "msg": _ECHO}]})),
    "an empty balance's words": _post(refused(402, _ECHO)),
    "a refused key's words": _post(refused(401, f"{_ECHO} key")),
    "a full house's words": _post(refused(429, _ECHO)),
    "a withdrawn model's words": _post(refused(404, _ECHO, "model_not_found")),
    "an error's words": _post(refused(500, _ECHO)),
    "a web page": _post(httpx.Response(200, html=f"<html>{_ECHO}</html>")),
    "an exception's words": _post(httpx.ReadTimeout(_ECHO)),
    "a failure to connect": _post(httpx.ConnectError(_ECHO)),
    "a task's id": _post(httpx.Response(200, json={"id": ALL})),
    "a polling address": _post(httpx.Response(200, json={"id": "t", "polling_url": f"{BASE_URL}/{_ECHO}"})),
    "a content type": _post(httpx.Response(200, content=b"{}", headers={b"content-type": _HEADER})),
    "a status": _poll({"id": "t", "status": _ECHO}),
    "a failure's words": _poll({"id": "t", "status": "Error", "details": {"error": _ECHO}, "fail_reason": _ECHO}),
    "a moderator's reasons": _poll({"status": "Content Moderated", "details": {"Moderation Reasons": [_ECHO]}}),
    "a result's link": _poll({"id": "t", "status": "Ready", "result": {"sample": f"{LINK}{ALL}"}}),
    "a link to elsewhere": _poll({"id": "t", "status": "Ready", "result": {"sample": f"file:///{_ECHO}"}}),
    "a download's type": _download(image(_ECHO.encode(), headers={"content-type": _HEADER.decode()})),
    "a download's failure": _download(httpx.ConnectError(f"{LINK} {_ECHO}")),
}
