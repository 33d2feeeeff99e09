"""An honest invoice to vary."""

from dataclasses import replace
from datetime import date

from vouchers.redemption.invoices.bureau_xml import parse
from vouchers.redemption.invoices.invoice import Invoice, Party, from_plain
from vouchers.redemption.invoices.specimen import Specimen, SpecimenLine, bureau_xml

SELLER = Party("91350100M000100Y43", "福州示例算力有限公司")
BUYER = Party("91440300MA5EXMPX2K", "深圳（示例）科技有限公司")
HONEST = Specimen(
    sequence=318,
    issued_on=date(2026, 5, 20),
    seller=SELLER,
    buyer=BUYER,
    lines=(
        SpecimenLine("*信息技术服务*智能算力租用", 100_000_00, 6_000_00),
        SpecimenLine("*信息技术服务*技术支持", 500_00, 0),
    ),
)
HONEST_XML = bureau_xml(HONEST)


def honest(**changes: object) -> Invoice:
    return replace(from_plain(parse(HONEST_XML)), **changes)  # type: ignore[arg-type]  # what each test changes


def varied(old: str, new: str) -> bytes:
    text = HONEST_XML.decode()
    assert old in text
    return text.replace(old, new).encode()
