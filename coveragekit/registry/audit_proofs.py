"""Hold the signed checkpoints against the audit log."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from coveragekit.registry.checkpoints import Checkpoint, is_signed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["Finding", "Proofs", "weigh"]

_NONE: Final = (
    "no checkpoint is there, so completeness cannot be proved: lines cut off the end, "
    "or a chain made anew, would not be seen"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What the checkpoints say of a log whose chain is whole.

    Parameters
    ----------
    ok
        Whether none of them speaks against it.
    words
        What they say.
    first_bad, what
        The first line that is not as it was, and what became of it.
    proved_to
        The last line that a checkpoint proves.
    """

    ok: bool
    words: tuple[str, ...]
    first_bad: int | None = None
    what: str | None = None
    proved_to: int | None = None

    @property
    def complete(self) -> bool:
        """Whether a checkpoint proves that nothing is missing."""
        return self.ok and self.proved_to is not None


@dataclass(slots=True)
class Proofs:
    """
    The checkpoints of one registry, and the digests found at their lines.

    Parameters
    ----------
    registry
        Id of the registry.
    given
        Checkpoints, in the order in which they were written.
    """

    registry: str
    given: Sequence[Checkpoint]
    _wanted: set[int] = field(init=False)
    found: dict[int, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._wanted = {one.seq for one in self.given}

    def pass_line(self, seq: int, digest: str) -> None:
        """
        Take note of a line that was read.

        Parameters
        ----------
        seq
            Its number.
        digest
            Its digest.
        """
        if seq in self._wanted:
            self.found[seq] = digest


def weigh(proofs: Proofs, trusted: Collection[str], *, last: int) -> Finding:
    """
    Say what the checkpoints prove of a log whose chain is whole.

    Parameters
    ----------
    proofs
        The checkpoints, and what was found at their lines.
    trusted
        Public keys that may sign.
    last
        Number of the log's last line.

    Returns
    -------
    Finding
        The earliest thing that is wrong, or how far the log is proved.
    """
    if not proofs.given:
        return Finding(ok=True, words=(_NONE,))
    for one in proofs.given:
        fault = _fault(one, proofs.registry, trusted)
        if fault:
            words = f"checkpoint {one.number} of {one.at} {fault}"
            return Finding(ok=False, words=(words,), what="checkpoint")
    standing, notes = _standing(proofs.given)
    good = 0
    for one in sorted(standing, key=lambda each: each.seq):
        against = _against(one, proofs, last=last, good=good)
        if against is not None:
            return replace(against, words=(*against.words, *notes))
        good = max(good, one.seq)
    newest = max(standing, key=lambda each: each.seq)
    words = f"complete up to line {good} of {last}, by the checkpoint of {newest.at}"
    after = last - good
    if after:
        words += f"; the {after:,} after it hang on the chain alone until the next one"
    return Finding(ok=True, words=(words, *notes), proved_to=good)


def _against(
    one: Checkpoint, proofs: Proofs, *, last: int, good: int
) -> Finding | None:
    """Say what one checkpoint shows to be wrong; ``good`` is the last one that held."""
    if one.seq > last:
        words = (
            f"lines {last + 1}-{one.seq} are gone: the checkpoint of {one.at} holds "
            f"line {one.seq}, the log ends with line {last}"
        )
        return Finding(ok=False, words=(words,), first_bad=last + 1, what="cut")
    if not one.seq or proofs.found.get(one.seq) == one.hash:
        return None
    first = good + 1
    which = f"line {first}" if first == one.seq else f"one of lines {first}-{one.seq}"
    words = (
        f"{which} was changed and the chain hashed anew from there on: line {one.seq} "
        f"differs from the checkpoint of {one.at}"
    )
    return Finding(ok=False, words=(words,), first_bad=first, what="hashed anew")


def _fault(one: Checkpoint, registry: str, trusted: Collection[str]) -> str | None:
    if one.registry != registry:
        return f"is of another registry ({one.registry})"
    if not is_signed(one):
        return "has a false signature: it was changed or forged"
    if one.key not in trusted:
        return f"is signed with the key {one.key}, which is not one to trust"
    return None


def _standing(
    given: Sequence[Checkpoint],
) -> tuple[list[Checkpoint], tuple[str, ...]]:
    """Leave out what a restore took back, and say that it did."""
    standing: list[Checkpoint] = []
    notes = []
    for one in given:
        if one.kind == "restore":
            lost = max((each.seq for each in standing), default=one.seq)
            standing = [each for each in standing if each.seq <= one.seq]
            which = f"; lines {one.seq + 1}-{lost} or more were lost" * (lost > one.seq)
            notes.append(
                f"on {one.at} the registry was restored to line {one.seq}{which}"
            )
        standing.append(one)
    return standing, tuple(notes)
