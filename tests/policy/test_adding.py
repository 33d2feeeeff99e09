"""A rule of a pack added and removed by form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from tests.factories.accounts import sign_in
from tests.factories.policy import draft, policy_officer
from tests.pages import PageClient
from tests.policy.packs import PACK, compiled
from tests.policy.test_pages import acts
from vouchers.kernel.canonical import canonical_json
from vouchers.policy import queries
from vouchers.policy.adding import Shape, compared, rule_lists
from vouchers.policy.adding_forms import add_form
from vouchers.policy.pack.conditions import Operator
from vouchers.policy.reference import example_of
from vouchers.policy.rules.vocabulary import VOCABULARY
from vouchers.policy.wording import keys_of, part_words

TEXT = PACK.read_text(encoding="utf-8")
NEW: Mapping[str, object] = {
    "rule.id": "not-large",
    "rule.say": "从业人员不超过 300 人",
    "rule.provenance": "local",
    "rule.at": ["application"],
    "rule.when.fact": "headcount",
    "rule.when.operator": "at_most",
    "rule.when.value": "300",
}
WRONG: list[tuple[dict[str, object], str]] = [
    ({"rule.id": "clean-record"}, "规则编号“clean-record”用了 2 次"),
    ({"rule.id": "Not Large"}, "编号只用小写字母、数字和连字符"),
    ({"rule.say": ""}, "请填写“说法（say）”"),
    ({"rule.at": []}, "请填写“适用阶段（at）”"),
    ({"rule.when.value": "很多"}, "应为不小于 0 的整数"),
    ({"rule.when.operator": "in_area"}, "“从业人员”不能用 in_area 比较"),
    ({"rule.when.value": "[1"}, "写法不合 YAML 1.2"),
    ({"rule.provenance": "plan"}, "规则没有写明依据的条款"),
    ({"rule.provenance": "plan", "rule.cite.source": "plan"}, "依据要写成 [来源, 条款, 原文摘录]"),
    (
        {
            "rule.provenance": "plan",
            "rule.cite.source": "plan",
            "rule.cite.article": "一",
            "rule.cite.quotation": "没有",
        },
        "来源里找不到“没有”",
    ),
]
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def version(client: PageClient, noon: datetime) -> str:
    """A draft of the shipped pack, its drafter signed in."""
    somebody, actor = policy_officer(at=noon)
    sign_in(client, somebody)
    return draft(actor, at=noon)


def typed(example: Mapping[str, Any], shapes: Mapping[str, Shape]) -> MultiDict[str, str]:
    """An example of a rule as somebody types it into the form."""
    sent: MultiDict[str, str] = MultiDict({"seen_version": "1"})
    for key, value in example.items():
        name, shape = f"rule.{key}", shapes[key]
        if shape is Shape.CONDITION:
            ((fact, comparison),) = value.items()
            is_plain = not isinstance(comparison, dict)
            operator, wanted = ("is", comparison) if is_plain else next(iter(comparison.items()))
            text = "、".join(map(str, wanted)) if isinstance(wanted, list) else canonical_json(wanted).strip('"')
            sent.update({f"{name}.fact": fact, f"{name}.operator": operator, f"{name}.value": text})
        elif shape is Shape.CLAUSE:
            sent.update(zip((f"{name}.source", f"{name}.article", f"{name}.quotation"), value, strict=False))
        elif shape in {Shape.SEVERAL, Shape.KINDS}:
            sent.setlist(name, value)
        elif shape is Shape.WORDS:
            sent[name] = "、".join(value)
        else:
            sent[name] = canonical_json(value) if not isinstance(value, str) else value
    return sent


def test_every_example_of_every_list_is_typed_in_and_comes_out_as_it_is_written(app: Flask) -> None:
    for rules in rule_lists().values():
        made, shapes = add_form(rules, compiled().pack), {one.key: one.shape for one in rules.asked()}
        for example in part_words()[rules.model.__name__].examples:
            with app.test_request_context("/", method="POST", data=typed(example, shapes)):
                form = made(meta={"csrf": False})

                assert form.validate(), (rules.key, form.errors)
                assert form.rule() == example


def test_every_key_of_a_rule_has_its_field_and_its_example(app: Flask) -> None:
    with app.test_request_context("/"):
        for rules in rule_lists().values():
            names = {
                field.name.split(".")[1] for field in add_form(rules, compiled().pack)(meta={"csrf": False}).shown()
            }
            assert names == set(keys_of(rules.model))
    assert example_of(rule_lists()["amount.caps"].model, "limit") == "50 万元"


@pytest.mark.parametrize(
    ("fact", "operator", "text", "value"),
    [
        ("headcount", "between", "10、300", [10, 300]),
        ("is_delivered", "is", "是", True),
        ("industry", "is", "65", "65"),
        ("size_class", "in", "small, micro", ["small", "micro"]),
        ("rd_spending", "at_least_of", "{fact: revenue, share: 5%}", {"fact": "revenue", "share": "5%"}),
    ],
)
def test_a_value_is_read_as_its_fact_needs_it(fact: str, operator: str, text: str, value: object) -> None:
    assert compared(VOCABULARY[fact], Operator(operator), text) == value


def test_a_rule_is_added_at_the_end_of_its_list_and_the_rest_of_the_text_stays(
    client: PageClient, version: str
) -> None:
    address = f"/office/schemes/versions/{version}/lists"
    client.get(address)
    assert client.page is not None
    assert f"{address}/applicants" in client.page.links()
    client.get(f"{address}/applicants")

    saved = client.submit(dict(NEW), form=f"{address}/applicants")

    source = queries.get_version(version).source
    lines, before = source.splitlines(), TEXT.splitlines()
    first = next(i for i, (a, b) in enumerate(zip(before, lines, strict=False)) if a != b)
    written = ["  - id: not-large", "    say: 从业人员不超过 300 人", "    at: [application]"]
    written += ["    when: {headcount: {at_most: 300}}", "    provenance: local"]
    assert lines[first : first + 5] == written
    assert [*lines[:first], *lines[first + 5 :]] == before
    assert lines[first - 1].strip() == "provenance: local"  # of not-a-provider, the last of them
    assert saved.location.endswith(f"/office/schemes/versions/{version}#line-{first + 1}")
    assert acts("policy.draft") == ["policy.draft", "policy.draft"]
    client.get(saved.location.split("#")[0])
    assert "从业人员不超过 300 人" in client.page.text
    assert f"#line-{first + 1}" in client.page.links()


def test_what_does_not_hold_is_refused_with_the_way_to_mend_it_and_nothing_is_lost(
    client: PageClient, version: str
) -> None:
    address = f"/office/schemes/versions/{version}/lists/applicants"

    for wrong, told in WRONG:
        client.get(address)
        answer = client.submit({**NEW, **wrong}, form=address)

        assert client.page is not None
        assert (answer.status_code, told in client.page.text) == (422, True), told
        kept = next(form.values for form in client.page.forms if form.action == address)
        assert {key: kept.get(key) for key in NEW if key not in wrong} == {
            key: value if isinstance(value, list) else [value] for key, value in NEW.items() if key not in wrong
        }
    assert queries.get_version(version).source == TEXT


def test_a_shape_that_the_model_refuses_is_told_beside_its_key(client: PageClient, version: str) -> None:
    address = f"/office/schemes/versions/{version}/lists/amount.caps"
    client.get(address)
    cap = {**NEW, "rule.kinds": ["compute"], "rule.over": "applicant", "rule.per": "life", "rule.limit": "20"}

    answer = client.submit({key: one for key, one in cap.items() if ".when." not in key}, form=address)

    assert answer.status_code == 422
    assert 'id="rule.limit-error"' in answer.text
    assert client.page is not None
    assert "金额要带单位" in client.page.text
    assert "错误：有 1 处需要修改" in client.page.text


def test_a_rule_is_removed_after_what_still_refers_to_it_is_told(client: PageClient, version: str) -> None:
    address = f"/office/schemes/versions/{version}/rules/first-review/remove"
    client.get(address)
    assert client.page is not None
    assert "前面没有环节“first-review”" in client.page.text
    assert "以登记地为条件" not in client.page.text  # was found before

    done = client.submit(form=address)

    begin, end = TEXT.index("    - id: first-review"), TEXT.index("    - id: second-review")
    assert done.status_code == 303
    assert queries.get_version(version).source == TEXT[:begin] + TEXT[end:]
    assert acts("policy.draft") == ["policy.draft", "policy.draft"]
    client.get(f"/office/schemes/versions/{version}")
    assert "前面没有环节“first-review”" in client.page.text


def test_a_rule_that_a_pack_must_have_is_not_removed(client: PageClient, version: str) -> None:
    address = f"/office/schemes/versions/{version}/rules/acceptance/remove"
    client.get(address)
    answer = client.submit(form=address)

    assert client.page is not None
    assert answer.status_code == 422
    assert "缺少“acceptance”" in client.page.text
    assert queries.get_version(version).source == TEXT


def test_who_saw_an_older_text_changes_nothing(app: Flask, client: PageClient, version: str, noon: datetime) -> None:
    other, _ = policy_officer(at=noon, name="林审")
    late = PageClient(app)
    sign_in(late, other)
    base = f"/office/schemes/versions/{version}"

    for theirs, typed_late, quicker in (
        ("lists/applicants", {**NEW, "rule.id": "later"}, "rules/clean-record/remove"),
        ("rules/in-operation/remove", {}, "rules/not-a-provider/remove"),
    ):
        late.get(f"{base}/{theirs}")
        client.get(f"{base}/{quicker}")
        assert client.submit(form=f"{base}/{quicker}").status_code == 303
        after = queries.get_version(version).source
        assert late.submit(typed_late, form=f"{base}/{theirs}").status_code == 409
        assert queries.get_version(version).source == after


def test_a_list_and_a_rule_that_are_not_there_are_not_found(client: PageClient, version: str) -> None:
    for part in ("lists/amount.rounding", "lists/nothing", "rules/nothing/remove"):
        assert client.get(f"/office/schemes/versions/{version}/{part}").status_code == 404
