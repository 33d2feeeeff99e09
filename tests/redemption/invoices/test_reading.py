import pytest

from tests.redemption.invoices.specimens import BUYER, HONEST, HONEST_XML, SELLER, varied
from vouchers.kernel.errors import RuleViolation
from vouchers.redemption.invoices.bureau_xml import parse
from vouchers.redemption.invoices.invoice import Dialect, Invoice, from_plain, to_plain
from vouchers.redemption.invoices.reading import read_invoice


def read_here(content: bytes) -> Invoice:
    return from_plain(parse(content))


def codes(content: bytes) -> list[str]:
    with pytest.raises(RuleViolation) as caught:
        parse(content)
    return [finding.code for finding in caught.value.findings]


def test_an_invoice_is_read_through_the_sandbox() -> None:
    invoice = read_invoice(HONEST_XML)

    assert (invoice.dialect, invoice.number, invoice.key) == (Dialect.BUREAU_XML, HONEST.number, HONEST.number)
    assert (invoice.seller, invoice.buyer, invoice.issued_on) == (SELLER, BUYER, HONEST.issued_on)
    assert (invoice.amount, invoice.tax, invoice.total) == (100_500_00, 6_000_00, 106_500_00)
    assert [(line.amount, line.tax) for line in invoice.lines] == [(100_000_00, 6_000_00), (500_00, 0)]
    assert invoice.total_in_words == "壹拾万陆仟伍佰圆整"
    assert "样例" in invoice.remark


def test_an_invoice_survives_its_plain_form() -> None:
    invoice = read_here(HONEST_XML)

    assert from_plain(to_plain(invoice)) == invoice


def test_the_total_is_not_mistaken_for_that_of_a_line() -> None:
    content = varied("<TotaltaxIncludedAmount>106000.00", "<TotaltaxIncludedAmount>1.00")

    assert read_here(content).total == 106_500_00


@pytest.mark.parametrize("encoding", ["gbk", "gb2312", "gb18030", "utf-16"])
def test_declared_encodings_are_understood(encoding: str) -> None:
    content = HONEST_XML.decode().replace("UTF-8", encoding).encode(encoding)

    assert read_here(content).buyer == BUYER


def test_a_stale_declaration_of_utf_16_does_no_harm() -> None:
    assert read_here(varied("UTF-8", "utf-16")).buyer == BUYER


def test_a_byte_order_mark_and_blanks_do_no_harm() -> None:
    content = b"\xef\xbb\xbf" + varied(BUYER.name, f"\n  {BUYER.name}\n")

    assert read_here(content).buyer == BUYER


@pytest.mark.parametrize("end", range(600, 700, 7))
def test_a_truncated_file_is_said_to_be_incomplete(end: int) -> None:
    assert codes(HONEST_XML[:end]) == ["xml.malformed"]


@pytest.mark.parametrize("mark", ["*", "***", "", "免税"])
def test_exempt_items_have_no_tax(mark: str) -> None:
    assert read_here(varied("<ComTaxAm>*<", f"<ComTaxAm>{mark}<")).lines[1].tax == 0


def test_one_item_is_one_line() -> None:
    text = HONEST_XML.decode()
    first = text.index("<IssuItemInformation>")
    last = text.rindex("<IssuItemInformation>")

    assert len(read_here((text[:first] + text[last:]).encode()).lines) == 1


def test_a_red_letter_invoice_names_the_one_it_takes_back() -> None:
    content = varied(
        "<SpecificInformation/>",
        "<SpecificInformation><RedEInvoice><OriginalInvoiceCode>"
        "26502000000000000007</OriginalInvoiceCode></RedEInvoice></SpecificInformation>",
    )

    invoice = read_here(content)

    assert (invoice.is_red, invoice.original_number) == (True, "26502000000000000007")


def test_negative_amounts_are_read() -> None:
    invoice = read_here(varied("TotalTax-includedAmount>106500.00", "TotalTax-includedAmount>-106500.00"))

    assert (invoice.total, invoice.is_red) == (-106_500_00, True)


def test_the_flag_of_blue_letter_counts_alone() -> None:
    assert read_here(varied("<LabelCode>Y<", "<LabelCode>N<")).is_red


@pytest.mark.parametrize(
    "text", ["2026-05-20", "2026/5/20 10:00", "20260520", "2026年05月20日", "2026-05-20T10:00:01+08:00"]
)
def test_dates_are_read_as_they_come(text: str) -> None:
    assert read_here(varied(f"{HONEST.issued_on} 10:00:01", text)).issued_on == HONEST.issued_on


def test_everything_that_is_missing_is_said_at_once() -> None:
    content = b"<?xml version='1.0'?><EInvoice><Header/></EInvoice>"

    assert set(codes(content)) == {
        "invoice.no_number",
        "invoice.no_amount",
        "invoice.no_date",
        "invoice.no_party",
    }


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("106500.00<", "1e5<", "invoice.bad_amount"),
        ("106500.00<", "106,500.00<", "invoice.bad_amount"),
        ("106500.00<", "106500.001<", "invoice.bad_amount"),
        ("106500.00<", "９９<", "invoice.bad_amount"),
        ("106500.00<", "9999999999999.00<", "invoice.bad_amount"),
        ("106500.00<", "NaN<", "invoice.bad_amount"),
        ("2026-05-20 10:00:01", "2026-02-30", "invoice.bad_date"),
        ("2026-05-20 10:00:01", "yesterday", "invoice.bad_date"),
        ("EInvoice>", "Invoice>", "invoice.unknown_dialect"),
    ],
)
def test_what_cannot_be_understood_is_refused(old: str, new: str, code: str) -> None:
    assert code in codes(varied(old, new))


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"PK\x03\x04 OFD.xml", b"nothing", b""])
def test_other_formats_are_refused_with_the_way_to_mend_it(content: bytes) -> None:
    with pytest.raises(RuleViolation, match="请上传电子税务局或开票平台下载的数电票 XML 文件"):
        read_invoice(content)
