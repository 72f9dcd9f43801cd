"""Takes what the README shows out of build/screenshots/, small enough to be committed: `make screenshots`."""

from pathlib import Path

from PIL import Image

from tests.system.page.watched import SCREENSHOTS

DOCS = Path(__file__).resolve().parents[3] / "docs" / "screenshots"
SHOWN = ("page", "report")


def main() -> None:
    DOCS.mkdir(parents=True, exist_ok=True)
    for name in SHOWN:
        with Image.open(SCREENSHOTS / f"readme-{name}.png") as taken:
            taken.convert("RGB").save(DOCS / f"{name}.webp", quality=85, method=6)


if __name__ == "__main__":
    main()
