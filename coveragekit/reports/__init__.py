"""Draw what people print, show and file: the proof of why a place is seen or not."""

from coveragekit.reports.proof import (
    PROOF_EXTENSIONS,
    Proof,
    proof_figure,
    proof_of,
    write_proof,
)

__all__ = [
    "PROOF_EXTENSIONS",
    "Proof",
    "proof_figure",
    "proof_of",
    "write_proof",
]
