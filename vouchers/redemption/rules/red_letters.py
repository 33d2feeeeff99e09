"""What a red-letter invoice must satisfy, and what it takes off its original; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan
from vouchers.redemption.invoices.invoice import Invoice


@dataclass(frozen=True, slots=True)
class Original:
    """The invoice that is taken back, as it is on record; amounts in fen."""

    key: str
    seller_uscc: str
    buyer_uscc: str
    issued_on: date
    gross: int
    eligible: int  # before any red letter
    taken_back: int  # gross of the red letters before this one
    reduced: int  # what they took off `eligible`


def paper_findings(paper: Invoice, *, own_uscc: str | None) -> list[Finding]:
    """What stands against a red letter by itself; `own_uscc` is whose it must be, where a seller hands it in."""
    return list(_paper_findings(paper, own_uscc))


def _paper_findings(paper: Invoice, own_uscc: str | None) -> Iterator[Finding]:
    if not paper.is_red or paper.total >= 0:
        way = "蓝字发票请在核销时上传。"
        yield Finding("red.not_red", "这份文件不是红字发票。", way=way, field="invoice")
    elif not paper.original_number:
        way = "请上传电子税务局开具、写明原发票号码的红字发票。"
        yield Finding("red.no_original", "红字发票没有写明冲减哪一张发票。", way=way, field="invoice")
    if own_uscc is not None and paper.seller.uscc != own_uscc:
        params = {"seller": paper.seller.name}
        way = "请由开票单位登记。"
        yield Finding("red.seller", "这张发票的销售方是{seller}，不是贵单位。", params, way, field="invoice")


def original_findings(paper: Invoice, original: Original) -> list[Finding]:
    """What stands against a red letter beside its original."""
    return list(_original_findings(paper, original))


def _original_findings(paper: Invoice, original: Original) -> Iterator[Finding]:
    params = {"original": original.key}
    if (paper.seller.uscc, paper.buyer.uscc) != (original.seller_uscc, original.buyer_uscc):
        message = "红字发票的购销双方与原发票 {original} 不一致。"
        yield Finding("red.parties", message, params, "请核对是否用错文件。", field="invoice")
    if paper.issued_on < original.issued_on:
        message = "红字发票的开票日期早于原发票 {original}。"
        yield Finding("red.date", message, params, "请核对是否用错文件。", field="invoice")
    left = original.gross - original.taken_back
    if -paper.total > left:
        params = {"original": original.key, "total": format_yuan(-paper.total), "left": format_yuan(left)}
        message = "红字金额 {total} 超过原发票 {original} 尚未冲减的 {left}。"
        yield Finding("red.too_much", message, params, "请核对是否重复登记。", field="invoice")


def reduction(gross: int, original: Original) -> int:
    """What a red letter of so much takes off the original: in proportion, a started fen counted full.

    >>> reduction(53, Original("1", "a", "b", date(2026, 3, 5), 106, eligible=101, taken_back=0, reduced=0))
    51
    """
    if gross + original.taken_back >= original.gross:
        return original.eligible - original.reduced
    return min(-(-gross * original.eligible // original.gross), original.eligible - original.reduced)


def overdrawn(number: str, pending: int) -> Finding:
    """Why a claim is stopped whose invoice was taken back in part."""
    params = {"number": number, "pending": format_yuan(pending)}
    message = "发票 {number} 已被红字冲减，各笔核销合计比冲减后可计入的金额多 {pending}，暂停办理和兑付。"
    return Finding("claim.red_letter", message, params, "请退回补充或不予核销；已兑付的部分由主管部门追回。")
