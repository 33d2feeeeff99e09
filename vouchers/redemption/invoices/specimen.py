"""Specimens (样例): honest invoices in the bureau's XML from plain values, for the demonstration and for tests."""

from dataclasses import dataclass
from datetime import date
from html import escape

from vouchers.documents.chinese import amount_in_words
from vouchers.kernel.money import decimal_yuan
from vouchers.redemption.invoices.invoice import Party

REMARK = "样例，仅供演示，不是真实发票"
_COMPUTE_CLASS = "3040203000000000000"  # 信息系统服务 in the bureau's classification
_MUNICIPALITY = "50"  # 重庆市


@dataclass(frozen=True, slots=True)
class SpecimenLine:
    """One item: amounts in fen, the rate in per cent."""

    name: str
    amount: int
    tax: int
    rate: int = 6


@dataclass(frozen=True, slots=True)
class Specimen:
    """What is to stand on a specimen; a red one names the invoice that it takes back."""

    sequence: int
    issued_on: date
    seller: Party
    buyer: Party
    lines: tuple[SpecimenLine, ...]
    original_number: str = ""
    remark: str = REMARK

    @property
    def number(self) -> str:
        """Twenty digits: year, bureau, channel, sequence."""
        return f"{self.issued_on.year % 100:02d}{_MUNICIPALITY}2{self.sequence:015d}"


def bureau_xml(specimen: Specimen) -> bytes:
    """The specimen as a tax bureau would write it, in UTF-8; figures agree with one another."""
    amount = sum(line.amount for line in specimen.lines)
    tax = sum(line.tax for line in specimen.lines)
    parts = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<EInvoice>",
        _header(specimen),
        "<EInvoiceData>",
        _party("Seller", specimen.seller),
        _party("Buyer", specimen.buyer),
        "<BasicInformation>",
        _tag("TotalAmWithoutTax", decimal_yuan(amount)),
        _tag("TotalTaxAm", decimal_yuan(tax)),
        _tag("TotalTax-includedAmount", decimal_yuan(amount + tax)),
        _tag("TotalTax-includedAmountInChinese", amount_in_words(amount + tax).replace("元", "圆")),
        _tag("Drawer", "样例"),
        _tag("RequestTime", f"{specimen.issued_on} 10:00:00"),
        "</BasicInformation>",
        *(_line(line) for line in specimen.lines),
        _specific(specimen.original_number),
        f"<AdditionalInformation>{_tag('Remark', specimen.remark)}</AdditionalInformation>",
        "</EInvoiceData>",
        "<TaxSupervisionInfo>",
        _tag("InvoiceNumber", specimen.number),
        _tag("IssueTime", f"{specimen.issued_on} 10:00:01"),
        _tag("TaxBureauCode", "15000000000"),
        _tag("TaxBureauName", "样例税务局"),
        "</TaxSupervisionInfo>",
        "</EInvoice>",
    )
    return "\n".join(parts).encode()


def _header(specimen: Specimen) -> str:
    is_blue = "N" if specimen.original_number else "Y"
    label = (
        f"<InIssuType><LabelCode>{is_blue}</LabelCode><LabelName>是否蓝字发票标志</LabelName></InIssuType>"
        "<EInvoiceType><LabelCode>01</LabelCode><LabelName>电子发票</LabelName></EInvoiceType>"
        "<GeneralOrSpecialVAT><LabelCode>01</LabelCode><LabelName>增值税专用发票</LabelName></GeneralOrSpecialVAT>"
    )
    return (
        f"<Header>{_tag('EIid', specimen.number)}{_tag('EInvoiceTag', 'SWEI3100')}{_tag('Version', '0.35')}"
        f"<InherentLabel>{label}</InherentLabel></Header>"
    )


def _party(side: str, party: Party) -> str:
    inner = _tag(f"{side}IdNum", party.uscc) + _tag(f"{side}Name", party.name)
    return f"<{side}Information>{inner}</{side}Information>"


def _line(line: SpecimenLine) -> str:
    total = decimal_yuan(line.amount + line.tax)
    inner = (
        _tag("ItemName", line.name)
        + _tag("Amount", decimal_yuan(line.amount))
        + _tag("TaxRate", f"0.{line.rate:02d}" if line.tax else "免税")
        + _tag("ComTaxAm", decimal_yuan(line.tax) if line.tax else "*")
        + _tag("TotaltaxIncludedAmount", total)
        + _tag("TaxClassificationCode", _COMPUTE_CLASS)
    )
    return f"<IssuItemInformation>{inner}</IssuItemInformation>"


def _specific(original_number: str) -> str:
    if not original_number:
        return "<SpecificInformation/>"
    inner = _tag("OriginalInvoiceCode", original_number) + _tag("CreditNoteNumber", "5001" + "0" * 12)
    return f"<SpecificInformation><RedEInvoice>{inner}</RedEInvoice></SpecificInformation>"


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text, quote=False)}</{name}>"
