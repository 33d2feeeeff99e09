"""Organisations, people and papers for tests."""

from datetime import datetime
from itertools import count

from vouchers.files.services import Received
from vouchers.files.states import FileKind
from vouchers.files.store import current_store
from vouchers.kernel.actor import Actor
from vouchers.kernel.identifiers import uscc_check_character
from vouchers.parties import services
from vouchers.parties.models import Organisation

_PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n"
_numbers = count(1)


def valid_uscc(number: int = 1) -> str:
    """A 统一社会信用代码 whose check character agrees."""
    body = f"91500103MA{number:07d}"
    return body + uscc_check_character(body)


def wrong_uscc(number: int = 1) -> str:
    """The same with another check character."""
    right = valid_uscc(number)
    return right[:-1] + ("A" if right[-1] != "A" else "B")


def received_pdf(name: str = "营业执照.pdf", content: bytes = b"") -> Received:
    """A PDF that passed inspection and lies in the store."""
    data = content or _PDF + f"% {next(_numbers)}\n".encode() + b"%%EOF\n"
    return Received(current_store().put(data), len(data), FileKind.PDF, name)


def pdf_bytes() -> bytes:
    """The bytes of a small PDF."""
    return _PDF


def organisation(number: int = 1, name: str = "", *, actor: Actor, at: datetime) -> Organisation:
    """An organisation, registered; call it inside a transaction."""
    return services.register_organisation(
        name or f"渝中测试科技{number}有限公司", valid_uscc(number), actor=actor, at=at
    )
