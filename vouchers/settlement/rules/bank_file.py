"""Files to and from the bank: payment lines out, answers in, each row by its number; pure."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import decimal_yuan, parse_yuan

HEADS = ("批次号", "明细号", "收款方", "开户行", "联行号", "账号", "金额（元）", "用途")
WALLET_HEADS = ("批次号", "明细号", "收款方", "运营机构", "联行号", "钱包编号", "金额（元）", "用途")
HEADS_OF: Mapping[str, tuple[str, ...]] = {"": HEADS, "e-cny": WALLET_HEADS}
"""The headings of a payment file by channel; the columns and the answers are the same."""
ANSWER_HEADS = ("明细号", "结果", "银行流水号", "原因")
_AMOUNT = "金额（元）"
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
MOST_BYTES, MOST_ROWS, _MOST_TEXT = 5 * 2**20, 20_000, 200
_DIGITS = re.compile(r"^'?(\d+)$", re.ASCII)


class Encoding(StrEnum):
    """How the file is written: UTF-8 with a mark, or GBK for older bank programs."""

    UTF8 = "utf-8"
    GBK = "gbk"


ENCODING_LABELS = {Encoding.UTF8: "UTF-8", Encoding.GBK: "GBK"}


class Outcome(StrEnum):
    """What the bank answered."""

    PAID = "成功"
    REFUSED = "失败"


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One row of a payment file."""

    number: str
    payee: str
    bank: str
    bank_code: str
    account: str
    amount: int
    purpose: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One row of an answer: which line, how it ended, the bank's own reference, the reason, the amount if given."""

    place: int
    number: str
    outcome: Outcome | None
    reference: str
    reason: str
    amount: int | None = None


def line_number(batch: str, position: int) -> str:
    """The number of a line in its batch.

    >>> line_number("DF01-2026-00001", 7)
    'DF01-2026-00001-0007'
    """
    return f"{batch}-{position:04d}"


def write_payment_file(
    batch: str, rows: Sequence[PaymentRow], encoding: Encoding, *, heads: Sequence[str] = HEADS
) -> bytes:
    """The payment file; the same rows give the same bytes."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(heads)
    for row in rows:
        texts = (batch, row.number, row.payee, row.bank, row.bank_code, row.account)
        writer.writerow([*map(_inert, texts), decimal_yuan(row.amount), _inert(row.purpose)])
    text = buffer.getvalue()
    if encoding is Encoding.UTF8:
        return b"\xef\xbb\xbf" + text.encode()
    try:
        return text.encode("gbk")
    except UnicodeEncodeError as error:
        params = {"character": text[error.start]}
        message = "文件里的“{character}”不能用 GBK 写出。"
        findings = [Finding("settlement.gbk", message, params, "请改用 UTF-8 导出。", field="encoding")]
        raise RuleViolation(findings) from None


def read_answers(content: bytes) -> list[AnswerRow]:
    """The rows of an answer file; a file that is not one is refused as a whole."""
    try:
        rows = list(_rows(_text(content)))
    except csv.Error:
        raise _refused("settlement.shape", "回单文件的引号或分隔符不成对。") from None
    if not rows:
        raise _refused("settlement.empty", "回单文件里没有任何行。")
    missing = [head for head in ANSWER_HEADS if head not in rows[0]]
    if missing:
        raise _refused("settlement.heads", "回单文件缺少列：{heads}。", heads="、".join(missing))
    if len(rows) > MOST_ROWS:
        raise _refused("settlement.rows", "回单文件超过 {most} 行。", most=MOST_ROWS)
    return [_answer(place, row) for place, row in enumerate(rows, start=2)]


def _answer(place: int, row: Mapping[str, str]) -> AnswerRow:
    outcome = next((one for one in Outcome if one.value == row["结果"]), None)
    amount = None
    if row.get(_AMOUNT):
        try:
            amount = parse_yuan(row[_AMOUNT].replace(",", ""))
        except ValueError:
            amount = -1  # agrees with nothing
    return AnswerRow(place, row["明细号"], outcome, row["银行流水号"][:80], row["原因"][:_MOST_TEXT], amount)


def _rows(text: str) -> Iterable[Mapping[str, str]]:
    for row in csv.DictReader(io.StringIO(text), strict=True):
        if None in row:
            raise _refused("settlement.shape", "回单文件有一行多出了列。")
        cleaned = {str(head).strip(): _plain(value) for head, value in row.items()}
        if any(cleaned.values()):
            yield cleaned


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise _refused("settlement.size", "回单文件超过 {most} MB。", most=MOST_BYTES // 2**20)
    for codec in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _refused("settlement.encoding", "回单文件不是 UTF-8 或 GBK 文本。")


def _plain(value: str | None) -> str:
    text = (value or "").strip()
    digits = _DIGITS.fullmatch(text)
    return digits[1] if digits else text


def _inert(text: str) -> str:
    flat = " ".join(text.split())
    return f"'{flat}" if flat[:1] in _FORMULA and flat else flat


def _refused(code: str, message: str, **params: str | int) -> RuleViolation:
    return RuleViolation([Finding(code, message, params, "请上传银行回单导出的 CSV 文件。", field="file")])
