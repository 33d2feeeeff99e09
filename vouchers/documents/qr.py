"""QR codes as SVG for pages and as PNG for papers, where an image costs less than a drawing."""

from io import BytesIO

import segno

_INK = "#0a2342"
_QUIET_ZONE = 4  # modules, as ISO 18004 asks


def qr_svg(text: str) -> str:
    """An inline SVG without style or script; the page sets its size."""
    svg: str = segno.make(text, error="m", micro=False).svg_inline(
        border=_QUIET_ZONE, dark=_INK, omitsize=True, svgclass="v-qr", lineclass=None
    )
    return svg


def qr_png(text: str) -> bytes:
    """A PNG with one bit per pixel; the same text gives the same bytes."""
    picture = BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=8, border=_QUIET_ZONE, dark=_INK)
    return picture.getvalue()
