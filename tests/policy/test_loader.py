"""Packs as text: what is wrong is found with file, line, rule and a way to mend; nothing breaks the reader."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.packs import PACK, edited, line_of, shipped
from vouchers.kernel.canonical import digest
from vouchers.policy.loader import LoadedPack, load_pack, load_text, pack_of
from vouchers.policy.pack.clauses import Provenance
from vouchers.policy.pack.reading import DEEPEST, LARGEST_BYTES, PackFinding, read_document, read_values
from vouchers.policy.rules.compiled import clause_of


def found(loaded: LoadedPack, code: str) -> PackFinding:
    hits = [finding for finding in loaded.findings if finding.code == code]
    assert hits, loaded.findings
    return hits[0]


def test_the_shipped_pack_may_be_published() -> None:
    loaded = shipped()

    assert loaded.errors == ()
    assert loaded.compiled is not None
    assert {finding.code for finding in loaded.warnings} == {"local-only", "deadline-without-owner"}


def test_every_rule_of_the_plan_quotes_the_plan_word_for_word() -> None:
    pack = shipped().pack
    assert pack is not None

    planned = [rule for rule in pack.rules() if rule.provenance is Provenance.PLAN]

    assert len(planned) > 15
    assert all(rule.cite is not None and rule.cite.quotation for rule in planned)


def test_no_number_of_the_amount_is_dressed_up_as_a_rule_of_the_plan() -> None:
    pack = shipped().pack
    assert pack is not None
    amount = pack.amount

    numbers = [*amount.rates, *amount.ceilings, *amount.caps, *amount.floors, amount.rounding, amount.funding]

    assert {clause_of(pack, rule) for rule in numbers} == {"本地设定"}


def test_the_content_hash_does_not_depend_on_comments_or_blanks() -> None:
    loaded = edited("# ── 券种", "# 另一句注释\n\n# ── 券种")

    assert loaded.digest == shipped().digest == digest(shipped().data)
    assert pack_of(loaded.data) == shipped().pack


@pytest.mark.parametrize(
    ("old", "new", "code", "rule", "told"),
    [
        ("    spent_on: [compute]", "    spend_on: [compute]", "extra-forbidden", "compute", "不认识“spend_on”"),
        ("    partial_use: true\n", "", "missing", "voucher-form", "缺少“partial_use”"),
        ("    partial_use: true", "    partial_use: maybe", "bool-type", "voucher-form", "partial_use"),
        ("  track: window", "  track: lottery", "literal-error", "", "可选范围"),
        ("limit: 10 万元", "limit: 100000", "value-error", "cap-model", "limit"),
        ("limit: 10 万元", "limit: 0 元", "zero-cap", "cap-model", "上限为 0"),
        ("from: 10 万元, below: 50 万元", "from: 12 万元, below: 50 万元", "gap", "compute-tiers", "之间没有规定"),
        ("from: 10 万元, below: 50 万元", "from: 8 万元, below: 50 万元", "overlap", "compute-tiers", "重叠"),
        ("from: 50 万元}", "from: 50 万元, below: 90 万元}", "gap", "compute-tiers", "及以上没有规定"),
        ("starter: 3 万元, ", "", "missing-row", "cap-by-tier", "缺少“starter”一行"),
        ("starter: 3 万元", "starters: 3 万元", "unreachable-row", "cap-by-tier", "永远用不到"),
        ("{micro: 50%", "{tiny: 50%", "unreachable-row", "rate-by-size", "永远用不到"),
        ("{size_class: {in:", "{size_clas: {in:", "unfit-condition", "small-and-medium", "是不是“size_class”"),
        ("{in_list: priority-fields}", "{in_list: priority-field}", "unfit-condition", "priority-field", "没有名单"),
        ("by: planned_net", "by: planed_net", "unknown-fact", "compute-tiers", "不认识事实"),
        ("of: invoiced", "of: paid", "failing-case", "", "示例"),
        ("from: 2025-01-01, to: 2027-12-31", "from: 2028-01-01, to: 2027-12-31", "date-order", "", "失效日早于生效日"),
        (
            "    apart_from: [first-review]",
            "    apart_from: [zero-review]",
            "unknown-stage",
            "second-review",
            "没有环节",
        ),
        ("      duty: decide", "      duty: examine", "no-decision", "meeting-decision", "有权人员决定"),
        ("{id: city, name: 市级, share: 50%}", "{id: city, name: 市级, share: 40%}", "value-error", "funding", "100%"),
        ("分层级算力券与模型训练补贴]", "分层级券]", "quotation-not-found", "small-and-medium", "找不到"),
        (
            "cite: [plan, 六、5, 分层级算力券]",
            "cite: [plann, 六、5, 分层级算力券]",
            "unknown-source",
            "compute-tiers",
            "没有来源",
        ),
        ("  - id: clean-record", "  - id: in-operation", "duplicate-rule", "in-operation", "用了 2 次"),
        ("size_class: micro, registered_in", "size_clas: micro, registered_in", "unknown-fact", "", "不认识事实"),
        ("tier: starter, amount: 25000 元", "tier: starter, amount: 25001 元", "failing-case", "", "算出 25000.00"),
        ("to: 1 元\n", "to: 0 元\n", "zero-step", "rounding", "取整单位"),
    ],
)
def test_a_mistake_is_found_with_its_line_and_rule(*, old: str, new: str, code: str, rule: str, told: str) -> None:
    text = PACK.read_text(encoding="utf-8")
    finding = found(edited(old, new), code)

    assert finding.file == "pack.yaml"
    assert finding.rule == rule or not rule
    assert told in finding.message
    assert 1 < finding.line <= len(text.splitlines()) + 1


def test_a_finding_names_the_very_line() -> None:
    finding = found(edited("{size_class: {in:", "{size_clas: {in:"), "unfit-condition")

    assert finding.line == line_of("size_class: {in:")


def test_a_plan_rule_without_a_clause_is_refused() -> None:
    finding = found(edited("    cite: [plan, 四（二）, 发放算力券与模型补贴]\n", ""), "missing-clause")

    assert (finding.rule, finding.level) == ("compute", "error")
    assert finding.line == line_of("- id: compute")
    assert "cite" in finding.mend


def test_a_rule_without_a_failing_case_is_refused() -> None:
    finding = found(edited("is_admitted_provider: true,", "is_admitted_provider: false,"), "untested-rule")

    assert finding.rule == "not-a-provider"
    assert "不符合" in finding.message


def test_a_kind_without_rules_is_pointed_out() -> None:
    extra = "  - {id: gold, name: 金券, say: 没有规则, spent_on: [token], provenance: local}\n\nlists:"
    codes = [one for one in edited("\nlists:", extra).findings if one.code == "kind-without-rule"]

    assert len(codes) == 5
    assert {one.rule for one in codes} == {"gold"}


def test_a_bracket_that_falls_is_pointed_out_for_an_answer() -> None:
    brackets = (
        "      slices: whole\n      brackets:\n"
        "        - {from: 0 元, below: 1000 元, rate: 50%}\n        - {from: 1000 元, rate: 40%}\n"
    )
    text = PACK.read_text(encoding="utf-8")
    start = text.index("      choose:\n        by: size_class")
    end = text.index("      provenance", start)
    loaded = load_text(text[:start] + brackets + text[end:], "pack.yaml")

    assert found(loaded, "falling").level == "warning"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "not-one-document", 1),
        ("- a\n- b", "not-a-pack", 1),
        ("id: a\nid: b", "duplicate-key", 2),
        ("id: a\nx: &a [1]\ny: *a", "alias", 2),
        ("id: a\nx: !!python/object:os.system 1", "tag", 2),
        ("id: a\n---\nid: b", "not-one-document", 1),
        ("id: a\nrate: 0.5", "float", 2),
        ("id: a\nx: [1, 2", "syntax", 2),
        ("id: a\nx: [\n", "syntax", 2),
        ("id: a\nb: {c: d\ne: f\ng: h", "syntax", 2),
        ('id: "a\nb: c\nd: e', "syntax", 1),
        ("id: a\n? [x]\n: 1", "key", 2),
        ("x: " + "[" * (DEEPEST + 2), "too-deep", 1),
        ("#" * (LARGEST_BYTES + 1), "too-large", 1),
        ("id: \x00", "syntax", 1),
        ('id: "\\ud800"', "syntax", 1),
        ("id: a\nsay: b\u2028c", "syntax", 2),
        ("id: a\nsay: b\nkind: c\x85d", "syntax", 3),
        ("id: a\n\ufeffsay: b", "syntax", 2),
    ],
)
def test_harmful_or_broken_text_is_refused_with_its_line(text: str, code: str, line: int) -> None:
    findings = load_text(text, "bad.yaml").findings

    assert [finding.code for finding in findings][:1] == [code]
    assert findings[0].line in {line, line - 1}
    assert findings[0].mend


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200))
def test_no_text_whatsoever_breaks_the_reader(text: str) -> None:
    loaded = load_text(text, "any.yaml")

    assert loaded.compiled is None
    assert loaded.findings


@settings(deadline=None, max_examples=25)
@given(
    line=st.integers(min_value=0, max_value=900),
    junk=st.sampled_from(["", "  x: 1", "- 3", "}", "\t", "id: [", "cases:"]),
)
def test_a_spoiled_line_gives_findings_and_never_a_traceback(line: int, junk: str) -> None:
    lines = PACK.read_text(encoding="utf-8").splitlines()
    lines[line % len(lines)] = junk

    loaded = load_text("\n".join(lines), "spoiled.yaml")

    assert loaded.findings is not None


def test_plain_words_of_other_yaml_editions_stay_words() -> None:
    data = read_document("a: no\nb: yes\nc: 2025-01-01\nd: 010\ne: ~\nf: true\ng: '12'\nh: 12", "x.yaml").data

    assert data == {"a": "no", "b": "yes", "c": "2025-01-01", "d": "010", "e": None, "f": True, "g": "12", "h": 12}


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"title: \xff\xfe")

    assert load_pack(latin).findings[0].code == "unreadable"
    assert load_pack(tmp_path / "none.yaml").findings[0].code == "unreadable"


def test_a_source_outside_the_folder_is_not_read() -> None:
    loaded = edited("text: sources/yuzhong-2025.txt", "text: ../../../../etc/hostname")

    assert loaded.errors == ()


def test_our_own_files_say_which_line_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"x\.yaml：第 2 行"):
        read_values("a: 1\nb: 1.5", "x.yaml")
