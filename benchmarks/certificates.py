"""Certificates a second, first and steady, beside a bare WeasyPrint script on the same page."""

from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path
from statistics import median

import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from benchmarks.measure import Figure, alternating, at_least, at_most, plain, seconds
from vouchers.certificates.paper import SHEETS, CertificatePaper, certificate_page, render_certificate
from vouchers.documents.fonts import paper_faces
from vouchers.documents.pdf import pdf_from_html
from vouchers.documents.qr import qr_png

ROUNDS = 15
TEMPLATES = Path(__file__).parents[1] / "templates"


def run() -> list[Figure]:
    """First and steady renders, and a stored copy beside a new render."""
    numbers = count(1)
    first = seconds(lambda: render_certificate(sample(next(numbers)), pdf_from_html))
    bare = bare_script()
    bare(sample(next(numbers)))
    ours, theirs, ratio = alternating(
        lambda: render_certificate(sample(next(numbers)), pdf_from_html), lambda: bare(sample(next(numbers))), ROUNDS
    )
    made = render_certificate(sample(1), pdf_from_html)
    reading = median(seconds(lambda: bytes(bytearray(made))) for _ in range(ROUNDS))
    return [
        at_most("P1 certificate beside bare WeasyPrint on the same page", ratio, 1.05),
        plain("certificates a second, steady, one process", 1 / ours, "/s"),
        plain("bare WeasyPrint, pages a second", 1 / theirs, "/s"),
        Figure("first render in a new process beside a steady one", f"{first / ours:.1f}×"),
        at_most("size of a certificate", len(made) / 1024, 70, unit=" KiB"),
        at_most("P5 handing out the stored copy beside a render", reading / ours, 0.05),
        at_least("same input, same bytes", float(made == render_certificate(sample(1), pdf_from_html)), 1, unit=""),
    ]


class _Assets(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """The QR code and the fonts, as the product serves them."""

    def __init__(self, bodies: dict[str, bytes]) -> None:
        super().__init__(allowed_protocols=set())
        self.bodies = bodies

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:  # noqa: ARG002  the interface names it
        """The bytes of an asset."""
        return URLFetcherResponse(url, self.bodies[url.removeprefix("asset:")])


def bare_script() -> Callable[[CertificatePaper], bytes]:
    """The shortest script that prints the same page: fonts and sheet read once."""
    fonts = FontConfiguration()
    bodies = {f"fonts/{weight}.ttf": path.read_bytes() for weight, path in paper_faces().items()}
    faces = "".join(
        f'@font-face {{ font-family: "Paper"; font-weight: {weight}; src: url("asset:fonts/{weight}.ttf") }}'
        for weight in paper_faces()
    )
    weasyprint.CSS(string=faces, font_config=fonts, url_fetcher=_Assets(bodies))
    texts = [(TEMPLATES / name).read_text() for name in ("layouts/letter.css", *SHEETS)]
    sheets = [weasyprint.CSS(string=text, font_config=fonts) for text in texts]

    def script(paper: CertificatePaper) -> bytes:
        fetcher = _Assets({"qr.png": qr_png(paper.verify_url)})
        html = weasyprint.HTML(string=certificate_page(paper), url_fetcher=fetcher)
        written: bytes = html.write_pdf(stylesheets=sheets, font_config=fonts, pdf_variant="pdf/a-2u")
        return written

    return script


def sample(number: int) -> CertificatePaper:
    """A certificate whose data differ with its number."""
    return CertificatePaper(
        number=f"PZ01-2026-{number:05d}",
        code="ABCD-EFGH-JKMN",
        issuing_office="重庆市渝中区大数据发展局",
        holder=f"重庆澜图智能科技第{number}有限公司",
        uscc="91350100M000100Y43",
        kind="算力券",
        tier="成长级",
        face_value=1_000_000 + number * 100,
        valid_from=date(2026, 3, 2),
        valid_until=date(2026, 9, 1),
        document_number="渝中数发〔2026〕12号",
        window="2026 年度第一批",
        clause_source="《行动计划》文字解读 六、5",
        clause_quote="面向中小企业发放分层级算力券与模型训练补贴",
        pack="yuzhong-2025，第 1 版",
        pack_hash="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        issued_on=date(2026, 3, 2),
        verify_url=f"https://suanli.example.gov.cn/verify/{number:032d}",
        contact="业务咨询：0000-00000000",
        terms=(("用途", "向入库服务商租用智能算力"), ("使用方式", "可分次使用；不可转让")),
    )
