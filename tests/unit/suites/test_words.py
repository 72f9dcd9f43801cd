"""`make lint` finds the words that are hard to read at first sight, but no names that owners depend on."""

from pathlib import Path

import pytest

from tests.lint import words
from tests.lint.words import ALLOWED, WORDS, complaints, texts


def found_in(text: str) -> list[str]:
    """The words, in the order of the text."""
    return [one.split(": ")[1].partition(" -> ")[0] for one in complaints("a.py", text)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The owner is told once.", "told"),
        ("def told(stack: Stack) -> None:", "told"),
        ("def test_it_is_told_once() -> None:", "told"),
        ("class ToldOnce:", "Told"),
        ("_TOLD_OF_DROPS = ()", "TOLD"),
        ("# The drop rests.", "rests"),
        ("# It rested an hour.", "rested"),
        ("resting = 1", "resting"),
        ("# drops rest until midnight", "drops rest"),
        ("# An edit at rest costs nothing.", "at rest"),
        ("# Drops that rest cost nothing.", "that rest"),
        ("# It stands in the table.", "stands"),
        ("# Both stand there.", "stand"),
        ("# It stood there.", "stood"),
        ("self._standing(drop)", "standing"),
        ("# Its other half waits.", "half"),
        ("def close(key: str, half: str) -> None:", "half"),
        ("HALF = 1", "HALF"),
        ("# Both halves are there.", "halves"),
        ("_NOT_WORKED_OFF = 1", "WORKED OFF"),
        ("# What was in the way is logged.", "in the way"),
        ("3 not so: refused", "not so"),
        ("# while it is under way", "under way"),
        ("# what is underway", "underway"),
        ("# what becomes of it", "becomes of"),
        ("# what became of it", "became of"),
        ("# what may come of it", "come of"),
        ("# what came of it", "came of"),
        ("# for whoever asks", "whoever"),
        ("# unless somebody asks", "somebody"),
        ("# likewise", "likewise"),
        ("# noqa: S314  # as above", "as above"),
        ("# must be first: see there", "see there"),
        ("# kept all the same", "all the same"),
    ],
)
def test_each_word_is_found_in_prose_and_in_names(text: str, word: str) -> None:
    assert found_in(text) == [word]


def test_each_entry_of_the_table_finds_its_own_example() -> None:
    examples = (
        "told rests stands half worked-off in-the-way not-so under-way came-of whoever see-there all-the-same"
    )

    assert len(found_in(examples)) == len(WORDS) == len(examples.split())


@pytest.mark.parametrize(
    "text",
    [
        'record["half"], record["told"]',
        '"#half = :half AND attribute_exists(#told)", {":half": version}',
        "    half: NotRequired[str]\n    told: NotRequired[str]",
        "    half       the version that waits\n    told       the event that was published",
        '"half_modified", record["told_at"]',
        'return "halves_settled", "halves_put_off", "halves_broken", "halves_told", "letters_told"',
        'log.exception("this half could not be looked at")',
        'Done("waits for its other half"), f"the edit stands as {state}"',
        'log.warning("DEVELOPMENT: %s stands in for SNS. Nothing is proven.", signer)',
        "the code `not_worked_off`",
        "two and a half minutes, not so much, a stand-in for S3",
        "half an hour, half a second, half of it, half as much, half-way",
        "The rest is understood by everybody; an untold number of outstanding edits, and at Forrest's.",
    ],
)
def test_quantities_and_the_names_that_owners_depend_on_are_allowed(text: str) -> None:
    assert found_in(text) == []


def test_each_allowed_name_has_its_reason() -> None:
    assert all(one.reason for one in ALLOWED)


def test_a_complaint_has_file_line_word_and_what_to_write_instead() -> None:
    text = '"""Fine."""\n\n# It is told, and it was not\n# worked\n# off.\n'

    assert list(complaints("tests/a.py", text)) == [
        "tests/a.py:3: told -> notified, published, reported; distinguished",
        "tests/a.py:4: worked off -> processed",
    ]


def test_texts_are_read_but_for_what_is_released_or_comes_later() -> None:
    paths = ["Makefile", "a/Makefile", "a/b.py", "a/b.md", "a/b.json", "later.py", ".ci/run"]
    released = ["CHANGELOG.md", "docs/events/v1.0.0/a.md", "tests/upgrade/v0.1.0/a.py", "requirements/a.toml"]

    assert list(texts([*paths, *released])) == [
        "Makefile",
        "a/Makefile",
        "a/b.py",
        "a/b.md",
        "later.py",
        ".ci/run",
    ]


def test_the_command_fails_while_a_word_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("told = 1\n")
    (tmp_path / "b.py").write_text("notified = 1\n")
    monkeypatch.setattr(words, "ROOT", tmp_path)

    monkeypatch.setattr(words, "_tracked", lambda: ["a.py", "b.py"])
    assert words.main() == 1
    assert capsys.readouterr().out == "a.py:1: told -> notified, published, reported; distinguished\n"

    monkeypatch.setattr(words, "_tracked", lambda: ["b.py"])
    assert words.main() == 0
