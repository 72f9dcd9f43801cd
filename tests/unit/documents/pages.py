"""The project's documents: their headings, links and tables, as GitHub shows them."""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from local.stack.bundle import ROOT

_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_IGNORED = (ROOT / ".gitignore").read_text().split()


def is_ours(path: Path) -> bool:
    """Whether it belongs to the project, not to a build, a run or an editor."""
    parts = path.relative_to(ROOT).parts
    if parts[0].startswith(".") and parts[0] not in {".github", ".ci"}:
        return False
    return not any(
        fnmatch(part, pattern.strip("/"))
        for pattern in _IGNORED
        for part in (parts[:1] if pattern.startswith("/") else parts)
    )


def documents() -> list[Path]:
    tops = [path for path in ROOT.iterdir() if is_ours(path)]
    below = (one for top in tops if top.is_dir() for one in top.rglob("*.md"))
    return sorted([*(path for path in tops if path.suffix == ".md"), *filter(is_ours, below)])


def anchors(text: str) -> set[str]:
    """What a link may name after `#`: each heading in lower case, blanks as hyphens, other signs left out."""
    found: set[str] = set()
    for heading in _HEADING.findall(_FENCE.sub("", text)):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        again = (f"{slug}-{number}" for number in range(1, 1000))
        found.add(slug if slug not in found else next(name for name in again if name not in found))
    return found


def links(text: str) -> list[str]:
    """The targets of its links and pictures, those in code left out."""
    return _LINK.findall(_CODE.sub("code", _FENCE.sub("", text)))


def broken(page: Path, text: str) -> Iterator[str]:
    """Each relative link of the page that leads to no file, or to no heading of it."""
    for target in links(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        if not path.exists():
            yield f"{page.relative_to(ROOT)}: there is no {target}"
        elif anchor and anchor not in anchors(text if path == page else path.read_text()):
            yield f"{page.relative_to(ROOT)}: no heading for {target}"


def section(text: str, heading: str) -> str:
    """What is below the heading, up to the next one of its level or above."""
    level = heading.partition(" ")[0]
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, heading
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of all rows of its tables, heads and rules left out."""
    lines = text.splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line, before in zip(lines, ["", *lines], strict=False)
        if line.startswith("|") and before.startswith("|") and not set(line) <= set("|- ")
    ]
