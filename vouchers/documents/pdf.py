"""PDF papers from our own templates: one font set-up per process, and no way out to files or network.

For the press alone: a process that serves pages has no need of the typesetter, a second of start and 60 MB.
"""

import threading
import warnings
from collections.abc import Mapping
from functools import cache

from weasyprint import CSS, HTML
from weasyprint.document import Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from vouchers.documents.filling import TEMPLATES
from vouchers.documents.fonts import paper_faces

_ASSET = "asset:"
_VARIANT = "pdf/a-2u"  # for archives: fonts inside, text readable by machines, no attachments
_ONE_AT_A_TIME = threading.Lock()  # rendering is CPU-bound and takes about 130 MB: two at once gain nothing
_FACE = '@font-face {{ font-family: "Paper"; font-weight: {weight}; src: url("asset:fonts/{weight}.ttf") }}'


def pdf_from_html(html: str, *, sheets: tuple[str, ...], assets: Mapping[str, bytes] | None = None) -> bytes:
    """The PDF of a paper. `sheets` name style sheets under templates/; `assets` are the only images, as `asset:name`.

    The same input gives the same bytes, so that a stored paper can be compared with a fresh one.
    """
    fetcher = _AssetsOnly(assets or {})
    with _ONE_AT_A_TIME:
        document = HTML(string=html, base_url=None, url_fetcher=fetcher).render(
            font_config=_font_configuration(), stylesheets=[_sheet(name) for name in sheets]
        )
        return _written(document)


def _written(document: Document) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ResourceWarning
        )  # WeasyPrint leaves the file of its colour profile to the collector
        pdf: bytes = document.write_pdf(pdf_variant=_VARIANT)
    return pdf


class _AssetsOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Answers exactly the names it was given; anything else stops the paper."""

    def __init__(self, assets: Mapping[str, bytes]) -> None:
        super().__init__(timeout=1, allowed_protocols=set(), allow_redirects=False)
        self._bodies = assets

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:  # noqa: ARG002
        """The bytes of an asset."""
        body = self._bodies.get(url.removeprefix(_ASSET)) if url.startswith(_ASSET) else None
        if body is None:
            raise FatalURLFetchingError(f"a paper may not fetch {url[:80]}")
        return URLFetcherResponse(url, body)


@cache
def _font_configuration() -> FontConfiguration:
    configuration = FontConfiguration()
    faces = paper_faces()
    bodies = {f"fonts/{weight}.ttf": path.read_bytes() for weight, path in faces.items()}
    rules = "\n".join(_FACE.format(weight=weight) for weight in faces)
    CSS(string=rules, font_config=configuration, url_fetcher=_AssetsOnly(bodies))
    return configuration


@cache
def _sheet(name: str) -> CSS:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    return CSS(string=text, font_config=_font_configuration(), url_fetcher=_AssetsOnly({}))
