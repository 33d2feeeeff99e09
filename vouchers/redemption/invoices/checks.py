"""What can be known of an invoice without asking anybody: one check each, green, amber or red."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from vouchers.documents.chinese import amount_in_words, same_amount_in_words
from vouchers.kernel.findings import Finding
from vouchers.kernel.identifiers import is_invoice_number, normalise, uscc_problem
from vouchers.kernel.money import format_yuan
from vouchers.kernel.periods import DateRange
from vouchers.redemption.invoices.invoice import Invoice, Party

_USCC_LENGTH = 18
_CENTURY = 100


class Level(StrEnum):
    """How a check came out: in order, for a person to look at, or not acceptable."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


LEVEL_LABELS = {Level.GREEN: "相符", Level.AMBER: "请核对", Level.RED: "不符"}


@dataclass(frozen=True, slots=True)
class Check:
    """One check and its outcome; the sentence is a template with parameters, as in a finding."""

    code: str
    level: Level
    message: str
    params: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence in Chinese."""
        return self.message.format_map(self.params)

    @property
    def plain(self) -> dict[str, Any]:
        """The check as a record keeps it: code, level, template and values."""
        return {"code": self.code, "level": self.level.value, "message": self.message, "params": dict(self.params)}

    @property
    def finding(self) -> Finding:
        """The check as a finding beside the invoice field of a form."""
        return Finding(f"invoice.{self.code}", self.message, self.params, field="invoice")


@dataclass(frozen=True, slots=True)
class Expected:
    """What an invoice must agree with. Names hold all an organisation has borne; None leaves a check out."""

    buyer: Party | None = None
    seller: Party | None = None
    issued_during: DateRange | None = None
    on: date | None = None
    former_names: frozenset[str] = frozenset()


def check(invoice: Invoice, expected: Expected | None = None) -> tuple[Check, ...]:
    """Every check that applies, in the order in which a person reads an invoice."""
    wanted = expected or Expected()
    return (
        *_number(invoice),
        *_dates(invoice, wanted),
        _direction(invoice),
        *_party("buyer", "购买方", invoice.buyer, (wanted.buyer, "持券单位", wanted.former_names)),
        *_party("seller", "销售方", invoice.seller, (wanted.seller, "合同服务商", wanted.former_names)),
        _sum(invoice),
        *_lines(invoice),
        *_words(invoice),
    )


def worst(checks: tuple[Check, ...]) -> Level:
    """The gravest outcome."""
    return max((one.level for one in checks), key=list(Level).index, default=Level.GREEN)


def _number(invoice: Invoice) -> Iterator[Check]:
    params: dict[str, str | int] = {
        "number": invoice.number,
        "length": len(invoice.number),
        "other": invoice.second_number,
    }
    if not is_invoice_number(invoice.number):
        yield Check("number", Level.RED, "发票号码应为 20 位数字，现为“{number}”（{length} 位）", params)
        return
    if invoice.second_number and invoice.second_number != invoice.number:
        yield Check("number", Level.RED, "文件中两处发票号码不一致：{number} 与 {other}", params)
    else:
        yield Check("number", Level.GREEN, "发票号码 {number} 为 20 位数字", params)
    years: dict[str, str | int] = {"written": invoice.number[:2], "year": invoice.issued_on.year}
    if int(invoice.number[:2]) == invoice.issued_on.year % _CENTURY:
        yield Check("number_year", Level.GREEN, "发票号码前两位 {written} 与开票年份 {year} 一致", years)
    else:
        yield Check("number_year", Level.RED, "发票号码前两位 {written} 与开票年份 {year} 不一致", years)


def _dates(invoice: Invoice, expected: Expected) -> Iterator[Check]:
    day = invoice.issued_on
    if expected.on is not None and day > expected.on:
        yield Check("date", Level.RED, "开票日期 {day} 晚于今天", {"day": day.isoformat()})
    elif expected.issued_during is not None:
        during = expected.issued_during
        params = {
            "day": day.isoformat(),
            "first": during.first.isoformat(),
            "last": during.last.isoformat() if during.last else "今后",
        }
        if day in during:
            yield Check("date", Level.GREEN, "开票日期 {day} 在 {first} 至 {last} 之内", params)
        else:
            yield Check("date", Level.RED, "开票日期 {day} 不在 {first} 至 {last} 之内", params)
    elif expected.on is not None:
        yield Check("date", Level.GREEN, "开票日期 {day} 不晚于今天", {"day": day.isoformat()})


def _direction(invoice: Invoice) -> Check:
    if not invoice.is_red:
        return Check("red_letter", Level.GREEN, "蓝字发票")
    params = {"original": invoice.original_number or "（文件未写明）"}
    return Check("red_letter", Level.RED, "红字发票，冲减原发票 {original}，不能用于核销", params)


def _party(role: str, label: str, party: Party, wanted: tuple[Party | None, str, frozenset[str]]) -> Iterator[Check]:
    expected, who, former_names = wanted
    is_theirs = expected is not None and party.uscc == normalise(expected.uscc)
    yield _uscc(role, label, party, is_known=is_theirs)
    if expected is None:
        return
    params = {"label": label, "who": who, "uscc": party.uscc or "（空）", "name": party.name}
    params |= {"wanted": expected.uscc, "wanted_name": expected.name}
    if not is_theirs:
        message = "{label} {name}（{uscc}）不是{who} {wanted_name}（{wanted}）"
        yield Check(role, Level.RED, message, params)
    elif _same_name(party.name, expected.name):
        yield Check(role, Level.GREEN, "{label}是{who} {wanted_name}", params)
    elif any(_same_name(party.name, name) for name in former_names):
        yield Check(role, Level.GREEN, "{label} {name} 是{who} {wanted_name} 的曾用名", params)
    else:
        message = "{label}代码与{who}一致，名称“{name}”与登记的“{wanted_name}”不同，请核对是否更名"
        yield Check(role, Level.AMBER, message, params)


def _uscc(role: str, label: str, party: Party, *, is_known: bool) -> Check:
    """A failed check digit is red, unless the register knows this very code; other lengths are for a person."""
    params = {"label": label, "uscc": party.uscc, "problem": uscc_problem(party.uscc)}
    code = f"{role}_uscc"
    if not params["problem"]:
        return Check(code, Level.GREEN, "{label}统一社会信用代码 {uscc} 校验位正确", params)
    if not party.uscc:
        return Check(code, Level.AMBER, "{label}没有纳税人识别号，请核对", params)
    if len(party.uscc) != _USCC_LENGTH:
        return Check(code, Level.AMBER, "{label}纳税人识别号 {uscc} 不是 18 位统一社会信用代码，请核对", params)
    return Check(code, Level.AMBER if is_known else Level.RED, "{label}：{problem}（{uscc}）", params)


def _sum(invoice: Invoice) -> Check:
    difference = invoice.amount + invoice.tax - invoice.total
    params = {
        "amount": format_yuan(invoice.amount),
        "tax": format_yuan(invoice.tax),
        "total": format_yuan(invoice.total),
        "difference": format_yuan(abs(difference)),
    }
    if difference == 0:
        return Check("total", Level.GREEN, "金额 {amount} 加税额 {tax} 等于价税合计 {total}", params)
    level = Level.AMBER if abs(difference) == 1 else Level.RED
    return Check("total", level, "金额 {amount} 加税额 {tax} 与价税合计 {total} 相差 {difference}", params)


def _lines(invoice: Invoice) -> Iterator[Check]:
    if not invoice.lines:
        yield Check("lines", Level.AMBER, "文件里没有项目明细，请核对开票项目")
        return
    for code, label, total, parts in (
        ("lines", "金额", invoice.amount, [line.amount for line in invoice.lines]),
        ("line_taxes", "税额", invoice.tax, [line.tax for line in invoice.lines]),
    ):
        difference = abs(sum(parts) - total)
        params: dict[str, str | int] = {
            "label": label,
            "count": len(parts),
            "sum": format_yuan(sum(parts)),
            "total": format_yuan(total),
        }
        if difference == 0:
            yield Check(code, Level.GREEN, "{count} 行明细的{label}之和等于合计 {total}", params)
        else:  # each line may be rounded by a fen
            level = Level.AMBER if difference <= len(parts) else Level.RED
            yield Check(code, level, "{count} 行明细的{label}之和 {sum} 与合计 {total} 不等", params)


def _words(invoice: Invoice) -> Iterator[Check]:
    params = {"words": invoice.total_in_words, "right": amount_in_words(invoice.total)}
    if not invoice.total_in_words:
        yield Check("words", Level.AMBER, "文件里没有大写金额，请核对", params)
    elif same_amount_in_words(invoice.total_in_words, invoice.total):
        yield Check("words", Level.GREEN, "大写金额 {words} 与小写一致", params)
    else:
        yield Check("words", Level.RED, "大写金额“{words}”与小写不一致，小写应读作“{right}”", params)


def _same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for blanks and the width of brackets."""
    return normalise(one) == normalise(other)
