"""The printed certificate (算力券凭证): what stands on it, its digest, and its PDF."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date

from vouchers.documents.chinese import amount_in_words, chinese_date
from vouchers.documents.filling import fill
from vouchers.documents.fonts import missing_characters
from vouchers.documents.qr import qr_png
from vouchers.kernel.canonical import digest
from vouchers.kernel.money import format_yuan

SHEETS = ("certificates/print/certificate.css",)
_LONG_WORDS = 13  # capital numerals that still fit one line at full size
_WIDE, _HALF, _LAST, _QUOTED = 33, 13, 14, 42  # characters to a line: whole row, left half, right half, clause
_ROW, _LINE, _QUOTED_LINE = 9.7, 5.9, 5.4  # millimetres of a further row, of a further line in one, of a line of clause
_USUAL_TERMS, _USUAL_QUOTED_LINES = 2, 3
_SPARE, _SPARE_WHEN_DENSE = 13.0, 40.0  # millimetres left above the foot by a usual certificate


@dataclass(frozen=True, slots=True)
class CertificatePaper:
    """What is printed, as at the day of issue.

    `terms` are up to three pairs of label and text (用途, 使用方式 …); `mark` says that it is only a demonstration;
    `head` is the head of the audit chain signed last: paper in other hands that vouches for the chain up to there.
    """

    number: str
    code: str
    issuing_office: str
    holder: str
    uscc: str
    kind: str
    tier: str
    face_value: int
    valid_from: date
    valid_until: date
    document_number: str
    window: str
    clause_source: str
    clause_quote: str
    pack: str
    pack_hash: str
    issued_on: date
    verify_url: str
    contact: str
    terms: tuple[tuple[str, str], ...] = ()
    title: str = "算力券凭证"
    mark: str = ""
    head: str = ""

    @property
    def verify_page(self) -> str:
        """The address of the public check as a person types it."""
        return self.verify_url.split("://", 1)[-1].rsplit("/", 1)[0]

    @property
    def digest(self) -> str:
        """SHA-256 of everything printed, in hex; whoever holds the same facts gets the same digest."""
        fields = asdict(self)
        days = {name: value.isoformat() for name, value in fields.items() if isinstance(value, date)}
        return digest(fields | days)


def render_certificate(paper: CertificatePaper, printed: Callable[..., bytes]) -> bytes:
    """The certificate as PDF, always one page; the same paper gives the same bytes."""
    return printed(certificate_page(paper), sheets=SHEETS, assets={"qr.png": qr_png(paper.verify_url)})


def certificate_page(paper: CertificatePaper) -> str:
    """The certificate as HTML, ready to print."""
    words = amount_in_words(paper.face_value)
    fit = _fit(paper)
    return fill(
        "certificates/print/certificate.html",
        {
            "paper": paper,
            "words": words,
            "is_long": len(words) > _LONG_WORDS,
            "figures": format_yuan(paper.face_value),
            "validity": validity_sentence(paper.valid_from, paper.valid_until),
            "quote": fit.quote,
            "is_dense": fit.is_dense,
            "issued": chinese_date(paper.issued_on),
            "digest": grouped_digest(paper.digest),
        },
    )


def undrawable(paper: CertificatePaper) -> str:
    """Characters of the paper that the font lacks; ask before issuing, so that no name prints as boxes."""
    texts = [str(value) for name, value in asdict(paper).items() if name != "terms"]
    return missing_characters("".join((*texts, *(part for term in paper.terms for part in term))))


def validity_sentence(first: date, last: date) -> str:
    """The span of validity, both days included.

    >>> validity_sentence(date(2026, 3, 2), date(2026, 12, 31))
    '2026年3月2日至2026年12月31日（北京时间，含首尾两日）'
    """
    return f"{chinese_date(first)}至{chinese_date(last)}（北京时间，含首尾两日）"


def grouped_digest(hexadecimal: str) -> str:
    """A digest in groups of eight, as printed.

    >>> grouped_digest("3b9d52c17f08e4a6")
    '3b9d52c1 7f08e4a6'
    """
    return " ".join(hexadecimal[i : i + 8] for i in range(0, len(hexadecimal), 8))


def shortened(text: str, most: int) -> str:
    """A text that fits, its cut marked.

    >>> shortened("按照不超过合同金额百分之四十给予支持。", 8)
    '按照不超过合……'
    """
    return text if len(text) <= most else text[: most - 2] + "……"


@dataclass(frozen=True, slots=True)
class _Fit:
    is_dense: bool
    quote: str


def _fit(paper: CertificatePaper) -> _Fit:
    """How the paper keeps to one page: tighter lines first, then a shortened clause; names are never cut."""
    further = _further_millimetres(paper)
    text = f"依据　{paper.clause_source}：“{paper.clause_quote}”"
    wanted = (_lines(text, _QUOTED) - _USUAL_QUOTED_LINES) * _QUOTED_LINE
    is_dense = further + wanted > _SPARE
    room = (_SPARE_WHEN_DENSE if is_dense else _SPARE) - further
    lines = _USUAL_QUOTED_LINES + int(room // _QUOTED_LINE)
    if lines < 1:
        raise ValueError("the fields are too long for a certificate of one page")
    return _Fit(is_dense, shortened(paper.clause_quote, max(12, lines * _QUOTED - len(paper.clause_source) - 6)))


def _further_millimetres(paper: CertificatePaper) -> float:
    rows = [
        _lines(paper.holder, _WIDE),
        max(_lines(paper.kind, _HALF), _lines(paper.tier, _LAST)),
        max(_lines(paper.document_number, _HALF), _lines(paper.window, _LAST)),
        *(_lines(text, _WIDE) for _, text in paper.terms),
    ]
    return sum(lines - 1 for lines in rows) * _LINE + (len(paper.terms) - _USUAL_TERMS) * _ROW


def _lines(text: str, width: int) -> int:
    return max(1, -(-len(text) // width))
