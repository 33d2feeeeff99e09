import re
from pathlib import Path

import zxingcpp
from PIL import Image

from vouchers.documents.qr import qr_png, qr_svg

ADDRESS = "https://suanli.example.gov.cn/verify/YZSLQ-2026-000318-7"


def test_the_code_reads_back_as_its_address(tmp_path: Path) -> None:
    picture = tmp_path / "qr.png"
    picture.write_bytes(qr_png(ADDRESS))

    with Image.open(picture) as image:
        found = zxingcpp.read_barcodes(image.convert("L"))

    assert [code.text for code in found] == [ADDRESS]


def test_the_drawing_fits_a_strict_page() -> None:
    svg = qr_svg(ADDRESS)

    assert svg.startswith("<svg")
    assert not re.search(r"style=|<script|on\w+=", svg)
