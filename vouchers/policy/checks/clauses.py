"""Every rule says where it comes from, and the source says what is quoted."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath

from vouchers.policy.checks.context import Context
from vouchers.policy.pack.clauses import Provenance, Rule
from vouchers.policy.pack.reading import PackFinding
from vouchers.policy.rules.facts import suggestion

_BLANKS = re.compile(r"\s+")


def check_clauses(context: Context) -> Iterator[PackFinding]:
    """Rules without a clause, unknown sources, quotations that are not in the source, keys used twice."""
    for rule_id, count in Counter(rule.id for rule in context.pack.rules()).items():
        if count > 1:
            path = context.places.get(rule_id, ())
            yield context.document.finding(
                path, "duplicate-rule", f"规则编号“{rule_id}”用了 {count} 次", mend="请改成不同的编号"
            )
    for key, source in context.pack.sources.items():
        if source.wording == "not-seen":
            message, mend = f"没有看到《{source.title.strip('《》')}》的原文", "发布前请对照原文逐条核对并补上摘录"
            yield context.document.finding(("sources", key), "wording-not-seen", message, mend=mend, warning=True)
    yield from _check_self_citation(context)
    for rule in context.pack.rules():
        yield from _check_clause(context, rule)


def _check_self_citation(context: Context) -> Iterator[PackFinding]:
    """A pack is nobody's source, least of all its own: what only it says is local."""
    own = PurePath(context.document.file).name
    for key, source in context.pack.sources.items():
        if source.title.strip("《》") == context.pack.title.strip("《》") or (
            own and PurePath(source.text).name == own
        ):
            message = f"来源“{source.title}”就是这份政策包自己"
            mend = "来源要写已经印发的文件；只有政策包里才有的规则写 provenance: local"
            yield context.document.finding(("sources", key), "self-citation", message, mend=mend)


def _check_clause(context: Context, rule: Rule) -> Iterator[PackFinding]:
    if rule.cite is None:
        if rule.provenance is not Provenance.LOCAL:
            mend = "请写 cite: [来源, 条款, 原文摘录]；规划没有写的，改为 provenance: local"
            yield context.finding(rule, "missing-clause", "规则没有写明依据的条款", mend=mend)
        return
    if rule.cite.source not in context.pack.sources:
        mend = suggestion(rule.cite.source, context.pack.sources)
        yield context.finding(rule, "unknown-source", f"没有来源“{rule.cite.source}”", mend=mend, at=("cite",))
        return
    text = context.texts.get(rule.cite.source, "")
    not_seen = context.pack.sources[rule.cite.source].wording == "not-seen"
    if rule.provenance is Provenance.PLAN and not rule.cite.quotation and not not_seen:
        yield context.finding(
            rule, "no-quotation", "规划原文的规则要摘录原文", mend="请在 cite 里补上原文摘录", at=("cite",)
        )
    elif text and _BLANKS.sub("", rule.cite.quotation) not in _BLANKS.sub("", text):
        message = f"来源里找不到“{rule.cite.quotation}”"
        yield context.finding(rule, "quotation-not-found", message, mend="请逐字核对原文摘录", at=("cite",))
