"""Consent texts as blocks that a page can write: headings, paragraphs and lists."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Block", "prose"]


@dataclass(frozen=True, slots=True)
class Block:
    """
    One block of a text.

    Parameters
    ----------
    kind
        ``"title"``, ``"heading"``, ``"paragraph"`` or ``"list"``.
    lines
        Its sentences; of a list its items.
    """

    kind: str
    lines: tuple[str, ...]


def prose(text: str) -> list[Block]:
    r"""
    Give the blocks of a text.

    Parameters
    ----------
    text
        Lines: ``#`` begins the title, ``##`` a heading, ``-`` an item of a list; what
        stands between empty lines is a paragraph.

    Returns
    -------
    list of Block
        In their order; nothing in them is markup any more.

    Examples
    --------
    >>> [one.kind for one in prose("# A\n\nb\nc\n\n- d\n- e")]
    ['title', 'paragraph', 'list']
    """
    blocks: list[Block] = []
    open_kind = ""
    for line in [*text.splitlines(), ""]:
        bare = line.strip()
        if not bare:
            open_kind = ""
        elif bare.startswith("#"):
            kind = "title" if bare.startswith("# ") else "heading"
            blocks.append(Block(kind, (bare.lstrip("#").strip(),)))
            open_kind = ""
        elif bare.startswith("- "):
            items = blocks.pop().lines if open_kind == "list" else ()
            blocks.append(Block("list", (*items, bare[2:].strip())))
            open_kind = "list"
        elif open_kind:
            *before, last = blocks.pop().lines
            blocks.append(Block(open_kind, (*before, f"{last} {bare}")))
        else:
            blocks.append(Block("paragraph", (bare,)))
            open_kind = "paragraph"
    return blocks
