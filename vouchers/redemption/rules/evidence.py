"""What a claim is judged by, as one digest: what was decided on can be told from what lies there now; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from vouchers.kernel.canonical import digest


@dataclass(frozen=True, slots=True)
class Evidence:
    """The papers of a claim: invoice by number and bytes, amounts in fen, days, payments, deliveries, others."""

    invoice: tuple[str, str]
    base: int
    amount: int
    service: tuple[date, date]
    proofs: Sequence[Sequence[object]]  # bytes, fen, day as ISO
    deliveries: Sequence[str]
    papers: Mapping[str, str] = field(default_factory=dict)  # bytes by what the pack calls the paper

    @property
    def digest(self) -> str:
        """Over all of it, in canonical form; claims without further papers keep the digest they always had."""
        return digest(
            {
                "invoice": list(self.invoice),
                "base": self.base,
                "amount": self.amount,
                "service": [day.isoformat() for day in self.service],
                "proofs": [list(proof) for proof in self.proofs],
                "deliveries": list(self.deliveries),
                **({"papers": dict(self.papers)} if self.papers else {}),
            }
        )
