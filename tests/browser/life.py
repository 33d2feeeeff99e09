"""The chapters of a voucher's life by hand; each reads what it needs from the pages and leaves its work there."""

from datetime import UTC, datetime
from re import search

from tests.browser.hands import Hand, Town
from vouchers.cli.demo import cast
from vouchers.cli.demo.papers import pdf
from vouchers.redemption.invoices.invoice import Party

PASSWORD = "Shangshan-Ruoshui-88"
BUYER, SELLER = Party(cast.uscc(701), "重庆示例远帆科技有限公司"), Party(cast.uscc(702), "重庆示例天枢算力有限公司")


def scheme(town: Town) -> None:
    """One policy officer drafts, another signs and publishes, and a window opens."""
    with town.somebody("zhengce") as drafter:
        drafter.go("/office/schemes/import")
        drafter.fill(shipped="yuzhong-2025")
        drafter.send()
        drafter.press("检查")
        drafter.sees("已检查", "须由另一位政策人员签署")
        version = drafter.page.url
        drafter.follow("公平竞争审查")
        drafter.fill(conclusion="meets", opinion="已逐条审查，面向本区企业有规划依据。", **_answers(drafter))
        drafter.send()
        drafter.sees("公平竞争审查已登记")
    with town.somebody("zhengce2") as signer:
        signer.go(version)
        signer.follow("签署")
        signer.sees("示例条款")
        signer.fill(document_number="渝中数发〔2026〕1号", answer="数额和期限由主管部门以实施细则确定。")
        signer.send()
        signer.follow("发布")
        signer.press("发布")
        signer.sees("执行中")
        signer.look("office-scheme", with_axe=True)
        signer.follow("打开申报窗口")
        signer.fill(voucher_kind="compute", title="2026年第一批算力券", first="2026-03-02", last="2026-04-30")
        signer.send()
        signer.sees("2026年第一批算力券")


def money(town: Town) -> None:
    """One finance officer records envelopes and indicators of two layers, another checks them."""
    with town.somebody("zhidan") as maker:
        for layer in ("市级", "区级"):
            _record(maker, "envelopes", layer, amount="300000.00", number=f"渝规模〔2026〕{layer}")
            _record(maker, "indicators", layer, amount="200000.00", number=f"渝财预〔2026〕{layer}")
    with town.somebody("fuhe") as checker:
        for number in (f"渝{word}〔2026〕{layer}" for layer in ("市级", "区级") for word in ("规模", "财预")):
            checker.go("/office/finance/documents")
            checker.follow(number)
            checker.press("复核通过，入账")
            checker.sees("已复核")
        checker.go("/office/finance/")
        checker.sees("300,000.00")
        checker.look("office-finance")


def provider(town: Town) -> None:
    """A provider registers, hands in its papers, is admitted and lists what it sells."""
    with town.visitor() as seller:
        _register(seller, "provider", SELLER, sign_in="tianshu", person="温有道", phone="13900000702")
        for paper in ("provider-licence", "security-promise"):
            seller.go(f"/provider/profile/papers/{paper}")
            seller.fill(file=seller.paper(f"{paper}.pdf", pdf(paper, SELLER.name)))
            seller.send()
        seller.go("/provider/profile/conditions")
        seller.fill(provider_is_legal_person="yes", provider_can_meter="yes", provider_accepts_security="yes")
        seller.send()
        seller.go("/provider/profile/accounts/")
        seller.fill(
            account_name=SELLER.name,
            number="6200000000000007",
            bank="示例银行渝中支行",
            bank_code="313653000010",
            valid_from="2026-03-01",
        )
        seller.send()
        seller.go("/provider/profile/")
        seller.press("提交入库申请")
        seller.look("provider-profile")
    with town.somebody("ruku") as officer:
        officer.go("/office/providers/")
        officer.follow(SELLER.name)
        officer.press("开始审核")
        officer.follow("入库")
        officer.fill(batch="2026 年第一批", kinds="compute", valid_from="2026-03-02", reason="材料齐全，符合条件。")
        officer.send()
        officer.sees("已入库")
    with town.somebody("tianshu", PASSWORD) as seller:
        seller.go("/provider/offerings/new")
        seller.fill(
            kind="compute",
            name="八卡 A100 集群",
            card="A100 80GB",
            precision="fp16",
            gflops="312000",
            price="14.50",
            region="重庆市渝中区",
            green_share="62",
        )
        seller.send()
        seller.sees("八卡 A100 集群", "14.50")
        seller.look("provider-offerings")


def application(town: Town) -> None:
    """An enterprise registers, fills its profile, sees every rule, hands in its papers and confirms."""
    with town.visitor() as buyer:
        _register(buyer, "enterprise", BUYER, sign_in="yuanfan", person="林知远", phone="13900000701")
        _fill_profile(buyer)
        buyer.go("/enterprise/eligibility")
        buyer.sees("还不能判断", "预计服务费用（不含税）")
        buyer.look("enterprise-eligibility", with_axe=True)
        _apply(buyer, planned="150000.00")


def _fill_profile(buyer: Hand) -> None:
    district = "重庆市渝中区"
    sections: dict[str, dict[str, object]] = {
        "registration": {
            "legal_form": "enterprise",
            "operating_status": "operating",
            "founded_on": "2021-05-20",
            "registered_in": district,
        },
        "business": {"industry": "I65", "headcount": "46", "revenue": "12800000.00", "assets": "9600000.00"},
        "place": {"operates_in": district, "taxed_in": district, "insured_in": district, "field": "health"},
        "credit": {"dishonesty": "无", "penalties": "无", "safety_accidents": "无"},
    }
    for section, values in sections.items():
        buyer.go(f"/enterprise/profile/facts/{section}")
        buyer.fill(**values)
        buyer.send()
    buyer.go("/enterprise/profile/")
    buyer.sees("小型")
    buyer.look("enterprise-profile")


def _apply(buyer: Hand, *, planned: str) -> None:
    buyer.follow("看条件并申领“算力券”")
    buyer.press("开始申领")
    _complete(buyer, buyer.page.url, planned=planned)


def _complete(buyer: Hand, case: str, *, planned: str) -> None:
    buyer.go(f"{case}/sections/need")
    buyer.fill(fact_planned_net=planned)
    buyer.send()
    buyer.go(f"{case}/sections/support")
    buyer.fill(fact_other_support_contract="0")
    buyer.send()
    for requirement in ("licence", "size-proof", "need-statement"):
        buyer.go(f"{case}/documents/{requirement}")
        buyer.fill(file=buyer.paper(f"{requirement}.pdf", pdf(requirement, BUYER.name)))
        buyer.send()
    buyer.go(case)
    buyer.look("enterprise-application", with_axe=True)
    buyer.go(f"{case}/submit")
    buyer.look("enterprise-submit")
    buyer.press("确认并提交")
    buyer.go(case)
    buyer.sees("待受理")


def correction(town: Town) -> None:
    """An officer works from the queue and asks for one named paper; the enterprise mends it."""
    with town.somebody("shenhe") as officer:
        officer.go("/office/queue")
        officer.look("office-queue", with_axe=True)
        case = _case(officer)
        officer.look("office-case", with_axe=True)
        officer.go(f"{case}/correct")
        officer.fill(fields="need-statement", reason="请补充所用卡型和用途。")
        officer.send()
    with town.somebody("yuanfan", PASSWORD) as buyer:
        _mend(buyer)


def review(town: Town) -> None:
    """Acceptance, two reviews by two people, and the meeting."""
    with town.somebody("shenhe") as officer:
        case = _case(officer)
        officer.go(f"{case}/accept")
        officer.agree()
        _pass(officer, case)
    with town.somebody("fushen") as second:
        _pass(second, case)
    with town.somebody("shending") as decider:
        decider.go(f"{case}/decide")
        decider.fill(meeting="会议纪要〔2026〕3 号", supports="yes", reason="同意支持。")
        decider.send()


def notice(town: Town) -> None:
    """What the meeting supports is put on notice for everybody to read."""
    with town.somebody("shenhe") as officer:
        officer.go("/office/notices/new")
        officer.page.locator('main [name="cases"]').first.check()
        officer.fill(title="2026年第一批算力券拟支持名单")
        officer.send()
    with town.visitor() as anybody:
        anybody.go("/notices/")
        anybody.follow("2026年第一批算力券拟支持名单")
        anybody.sees(BUYER.name, "67,500.00")
        anybody.look("public-notice")


def _case(officer: Hand) -> str:
    officer.go("/office/applications")
    officer.follow_in_row(BUYER.name)
    return officer.page.url


def _mend(buyer: Hand) -> None:
    buyer.go("/enterprise/applications")
    buyer.follow_in_row("SQ01-2026")
    mine = buyer.page.url
    buyer.sees("请补充所用卡型和用途。")
    buyer.go(f"{mine}/documents/need-statement")
    buyer.fill(file=buyer.paper("need-statement-2.pdf", pdf("服务需求说明", "A100，训练问诊模型")))
    buyer.send()
    buyer.go(f"{mine}/submit")
    buyer.agree()


def _pass(officer: Hand, case: str) -> None:
    officer.go(f"{case}/pass")
    officer.fill(reason="材料齐全，符合条件。")
    officer.send()


def _record(maker: Hand, kind: str, layer: str, *, amount: str, number: str) -> None:
    maker.go(f"/office/finance/{kind}/new")
    maker.choose("place", layer, also="算力券" if kind == "envelopes" else "")
    if kind == "indicators":
        maker.choose("office", "重庆市财政局" if layer == "市级" else "渝中区财政局")
        maker.fill(fiscal_year="2026")
    maker.fill(number=number, amount=amount)
    maker.send()


def _register(hand: Hand, kind: str, party: Party, *, sign_in: str, person: str, phone: str) -> None:
    hand.go(f"/register/{kind}")
    hand.fill(name=party.name, uscc=party.uscc, address="重庆市渝中区示例路 7 号", person_name=person)
    hand.fill(kind="legal_representative", phone=phone, sign_in=sign_in, password=PASSWORD, again=PASSWORD)
    hand.send()


def beijing(month: int, day: int, hour: int = 9) -> datetime:
    """An hour in Beijing on a day of 2026."""
    return datetime(2026, month, day, hour - 8, tzinfo=UTC)


def voucher(town: Town) -> None:
    """The notice ends by itself, the case is approved, the voucher issued, and anybody can check its certificate."""
    town.pass_time(beijing(3, 10))
    town.daily()
    with town.somebody("shending") as decider:
        decider.go("/office/approvals")
        decider.page.locator('main [name="cases"]').first.check()
        decider.fill(number="渝中数〔2026〕12 号")
        decider.send()
        decider.go("/office/vouchers/")
        decider.look("office-issuable")
        decider.page.locator('main [type="checkbox"]').first.check()
        decider.page.locator("main form button").last.click()
        decider.agree()
        decider.go("/office/vouchers/all")
        decider.look("office-vouchers")
    town.daily()
    with town.somebody("yuanfan", PASSWORD) as buyer:
        buyer.go("/enterprise/vouchers/")
        buyer.sees("67,500.00")
        buyer.follow_in_row("SLQ01-2026")
        buyer.look("enterprise-voucher", with_axe=True)
        code = search(r"\b[2-9A-HJKMNP-Z]{4}(-[2-9A-HJKMNP-Z]{4}){2}\b", buyer.text())
        assert code is not None
        town.code = code.group()
        checked = buyer.page.get_by_role("link", name="打开验真页").get_attribute("href")
    with town.visitor() as anybody:
        anybody.go(str(checked))
        anybody.sees("PZ01-2026-00001", "有效", BUYER.name)
        anybody.look("public-certificate", with_axe=True)


def _answers(hand: Hand) -> dict[str, object]:
    """An article and a reason for every item that the page points out."""
    names = [one.get_attribute("name") or "" for one in hand.page.locator("main [name^=article_]").all()]
    articles: dict[str, object] = dict.fromkeys(names, "《实施细则》示例条款")
    return articles | {name.replace("article", "reason"): "资金由本区财政承担，限定本区企业。" for name in names}
