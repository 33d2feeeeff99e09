"""The calculation of an amount, row by row: base, rate, caps, result; for pages and for a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from vouchers.kernel.money import format_yuan
from vouchers.policy.explanation.words import of_plan, shown_amount, shown_text
from vouchers.policy.explanation.words import spoken as _
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.results import Decision, StepResult

Row = dict[str, Any]
_BASE = frozenset({"base", "less", "least", "base-total", "prorate", "base-rounding", "activation"})
_RATE = frozenset({"rate", "lump", "per-unit", "bonus", "ceiling", "product"})
_CAPS = frozenset({"cap", "count"})


def calculation(compiled: CompiledPack, decision: Decision) -> list[Row]:
    """The rows of the macro `calc`: base, rate, caps, result; every cap with its value, the binding one marked."""
    if decision.amount is None:
        return []
    rows: list[Row] = []
    group = ""
    for step in decision.amount.steps:
        title = _group(step.code)
        if title and title != group:
            rows.append({"group": title})
            group = title
        row = _row(compiled, decision, step)
        rows += [row] if row else []
    return [*rows, *_result(compiled, decision)]


def tier_name(compiled: CompiledPack, kind: str, tier: str) -> str:
    """The name of a tier of a voucher kind; its key where the pack does not know it."""
    tables = [table for table in compiled.pack.amount.tiers if kind in table.kinds]
    name = next((row.name for table in tables for row in table.rows if row.id == tier), tier)
    return of_plan(compiled.pack, name)


def line_of(row: Mapping[str, Any]) -> Iterator[str]:
    """A row as a line of text."""
    if row.get("group"):
        yield f"— {row['group']}"
        return
    name, value = row_of(row)
    yield f"  {name}：{value}"


def row_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """A row as two texts: what it is, and the amount or rate."""
    value = format_yuan(row["fen"]) if row.get("fen") is not None else row.get("text", "")
    sign = "−" if row.get("minus") else ""
    mark = _("（由本项决定）") if row.get("kind") == "binding" else ""
    how = f"（{row['how']}）" if row.get("how") else ""
    return f"{row['name']}{how}{mark}", f"{sign}{value}"


def _result(compiled: CompiledPack, decision: Decision) -> Iterator[Row]:
    amount = decision.amount
    if amount is None or amount.maximum is None:
        return
    how = of_plan(compiled.pack, compiled.pack.amount.rounding.say)
    if amount.up_to:
        how += _("；这是最高额，审核可以核减")
    yield {"name": _("可申领"), "how": how, **_value(amount.maximum, amount.unit), "kind": "total"}
    names = {
        layer.id: of_plan(compiled.pack, layer.name) for layer in compiled.pack.amount.funding_of(decision.kind).layers
    }
    for layer, part in amount.parts:
        yield {"name": _("其中：%(layer)s承担", layer=names.get(layer, layer)), **_value(part, amount.unit)}


def _value(amount: int | None, unit: str) -> Row:
    """The value of a row: fen, or text where it is no money."""
    return {"fen": amount} if not unit or amount is None else {"text": shown_amount(amount, unit)}


def _group(code: str) -> str:
    if code in _BASE:
        return _("补贴基数")
    if code in _RATE:
        return _("比例")
    return _("封顶，逐项比较，取最低") if code in _CAPS else ""


def _row(compiled: CompiledPack, decision: Decision, step: StepResult) -> Row | None:
    rule = compiled.pack.rule(step.rule)
    say = of_plan(compiled.pack, rule.say) if rule else step.rule
    if step.code == "tier":
        return {"name": _("层级"), "how": say, "text": tier_name(compiled, decision.kind, step.detail["tier"])}
    if step.code in _BASE:
        return _base_row(compiled, step, say)
    if step.code in _RATE:
        return _rate_row(step, say)
    return _limit_row(step, say)


def _base_row(compiled: CompiledPack, step: StepResult, say: str) -> Row | None:
    value, detail = _value(step.fen, step.unit), step.detail
    label = of_plan(compiled.pack, compiled.vocabulary[detail["fact"]].label) if "fact" in detail else ""
    row: Row | None = {"name": _("基数"), **value, "kind": "sub"}
    match step.code:
        case "base":
            row = {"name": label, "how": say, **value}
        case "less":
            taken = {"name": _("减：%(label)s", label=label), "fen": abs(step.fen or 0), "minus": True}
            row = taken if step.fen else None
        case "least":
            row = {"name": _("不超过：%(label)s", label=label), **value}
        case "prorate":
            how = _("%(days)s 天，共 %(of)s 天", days=detail["days"], of=detail["of"])
            row = {"name": _("按日计入期间的部分"), "how": how, **value}
        case "activation":
            row = _threshold_row(step)
        case "base-rounding":
            row = {"name": _("基数取整"), **value}
    return row


def _threshold_row(step: StepResult) -> Row:
    name = _("起补线（达到）") if step.detail["included"] else _("起补线（超过）")
    how = _("只计超出部分") if step.detail["excess"] else _("整额计算")
    return {"name": name, "how": how if step.detail["met"] else _("没有达到"), **_value(step.fen, step.unit)}


def _rate_row(step: StepResult, say: str) -> Row:
    value, detail = _value(step.fen, step.unit), step.detail
    row: Row = {"name": _("按比例计算"), **value, "kind": "sub"}
    match step.code:
        case "rate":
            row = {"name": say, "text": detail["rate"] or _("没有适用的比例")}
        case "lump":
            row = {"name": say, **({"text": _("没有适用的定额")} if step.fen is None else value)}
        case "per-unit":
            row = {"name": say, "how": _("单价 %(price)s", price=shown_text(detail["price"], "")), **value}
        case "bonus":
            words = {"pass": "", "fail": _("没有达到，不加"), "unknown": _("没有提供，暂不加")}
            text = f"+{detail['rate']}" if detail["outcome"] == "pass" else "—"
            row = {"name": say, "how": words.get(detail["outcome"], _("待认定，暂不加")), "text": text}
        case "ceiling":
            row = {"name": say, "how": "" if detail["binding"] else _("未触及"), "text": detail["rate"]}
    return row


def _limit_row(step: StepResult, say: str) -> Row | None:
    value, detail = _value(step.fen, step.unit), step.detail
    row: Row | None = None
    match step.code:
        case "cap":
            row = _cap_row(step, say)
        case "count":
            text = _("%(used)s／%(most)s", used=detail["used"], most=detail["most"])
            liftable = _("经审核说明理由可以放宽") if detail.get("liftable") else _("已用完")
            how = _("已放宽，不作限制") if detail.get("lifted") else "" if detail["met"] else liftable
            how = _("此前已放宽计入同一合同或年度，不再多计") if detail.get("over") else how
            row = {"name": say, "how": how, "text": text}
        case "sheets":
            how = _("%(number)s 张，每张 %(face)s", number=detail["number"], face=shown_text(detail["face"], ""))
            row = {"name": say, "how": how, **value}
        case "higher":
            how = (_("补足差额") if detail["difference"] else _("从高")) if detail["met"] else _("没有高于其他支持")
            row = {"name": say, "how": how, **value}
        case "floor":
            row = {"name": say, "how": _("达到") if detail["met"] else _("没有达到"), **value}
    return row


def _cap_row(step: StepResult, say: str) -> Row:
    detail, used = step.detail, step.detail["used"]
    is_used = bool(used.strip("0."))
    how = f"{shown_text(detail['limit'], step.unit)} − {shown_text(used, step.unit)}" if is_used else ""
    value = _value(step.fen, step.unit)
    if detail.get("lifted"):
        return {"name": say, "how": _("已放宽，不作限制"), **value}
    if detail["binding"]:
        liftable = _("经审核说明理由可以放宽") if detail.get("liftable") else ""
        return {"name": say, "how": how or liftable, **value, "kind": "binding"}
    if not detail["limit"].strip("0."):  # no row of a table is for such a case, or which one is not known yet
        return {"name": say, "how": _("现在没有适用的数额"), "text": "—"}
    return {"name": say, "how": how or _("未触及"), **value}
