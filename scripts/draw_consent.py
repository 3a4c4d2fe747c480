"""Write docs/consent.md and its drawing from the data that the code obeys."""

from __future__ import annotations

from pathlib import Path

from coveragekit.registry.consent_page import consent_drawing, consent_page

DOCS = Path(__file__).resolve().parent.parent / "docs"


def main() -> None:
    """Write both files."""
    (DOCS / "consent.md").write_text(consent_page(), "utf-8")
    (DOCS / "consent.svg").write_text(consent_drawing(), "utf-8")
    print("docs/consent.md and docs/consent.svg are written")


if __name__ == "__main__":
    main()
