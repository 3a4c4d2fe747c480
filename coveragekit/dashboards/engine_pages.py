"""Plain pages that need no kernel: not let in, all places taken, a fault."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

__all__ = ["fault_part", "plain_page"]

_HERE = Path(__file__).parent


@cache
def _tokens() -> str:
    return (_HERE / "static" / "tokens.css").read_text("utf-8")


def plain_page(title: str, words: str, *, reference: str = "") -> str:
    """
    Give a page that says one thing.

    Parameters
    ----------
    title
        What is the matter.
    words
        Why, and what to do.
    reference
        Number of the fault in the log, if it is one.

    Returns
    -------
    str
        HTML that asks for nothing else, readable on a phone, in light and dark.

    Examples
    --------
    >>> "All 20 places are taken" in plain_page("All 20 places are taken", "Wait.")
    True
    """
    last = f"<p>Reference {escape(reference)}.</p>" if reference else ""
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} - coveragekit</title><link rel="icon" href="data:,">
<style>{_tokens()}
:root {{ color-scheme: light dark; }}
body {{ margin: 0; font: 16px/1.5 var(--ck-type); color: var(--ck-ink);
  background: var(--ck-page); }}
main {{ max-width: 34rem; margin: 12vh auto 0; padding: 24px; }}
h1 {{ font-size: 1.375rem; line-height: 1.3; margin: 0 0 8px; }}
a {{ color: var(--ck-accent); display: inline-block; padding: 8px 0; }}
</style></head>
<body><main role="alert"><h1>{escape(title)}</h1><p>{escape(words)}</p>{last}
<p><a href="">Try again</a></p></main></body></html>
"""


def fault_part(reference: str) -> str:
    """
    Give what ends a page that broke off while it was sent.

    Parameters
    ----------
    reference
        Number of the fault in the log.

    Returns
    -------
    str
        HTML, shown over what there is of the page.

    Examples
    --------
    >>> "Reference 1F0A9C" in fault_part("1F0A9C")
    True
    """
    return (
        '<div class="ck-plain" role="alert" data-ck-ready="yes"><p>The page could not '
        "be opened. Load it again, or tell who runs the server. "
        f"Reference {escape(reference)}.</p></div>"
    )
