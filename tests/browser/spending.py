"""The later chapters by hand: the order, the claim, the payment with a refused line, and what is left at the end."""

from re import findall

from tests.browser.hands import Town
from tests.browser.life import BUYER, PASSWORD, SELLER, beijing
from vouchers.cli.demo.papers import pdf
from vouchers.redemption.invoices.specimen import Specimen, SpecimenLine, bureau_xml


def order(town: Town) -> None:
    """The enterprise proposes, the provider confirms and a part is held; usage is metered and confirmed."""
    with town.somebody("yuanfan", PASSWORD) as buyer:
        buyer.go("/enterprise/orders/new")
        buyer.fill(quantity="4000", tax_rate="6")
        buyer.send()
        buyer.fill(
            contract_number="LT-2026-017",
            contract_signed_on="2026-03-10",
            contract=buyer.paper("contract.pdf", pdf("算力服务合同", "LT-2026-017")),
            net="54716.98",
            tax="3283.02",
            gross="58000.00",
            hold="27358.00",
            service_from="2026-03-11",
            service_until="2026-04-30",
        )
        buyer.look("enterprise-order")
        buyer.send()
        mine = buyer.page.url
        buyer.sees("待对方确认")
    with town.somebody("tianshu", PASSWORD) as seller:
        seller.go("/provider/orders/")
        seller.follow_in_row("DD01-2026")
        theirs = seller.page.url
        seller.press("确认订单")
    town.pass_time(beijing(4, 1))
    with town.somebody("tianshu", PASSWORD) as seller:
        seller.go(f"{theirs}/usage")
        seller.fill(period_from="2026-03-11", period_until="2026-03-31", quantity="4000", green_share="62")
        seller.send()
        seller.look("provider-order")
    with town.somebody("yuanfan", PASSWORD) as buyer:
        buyer.go(mine)
        buyer.press("确认用量")
        buyer.sees("1,248")


def claim(town: Town) -> None:
    """The provider types the code and hands in its evidence; the invoice reads itself; two people let it pass."""
    invoice = Specimen(
        1, beijing(4, 1).date(), SELLER, BUYER, (SpecimenLine("*信息技术服务*智能算力服务费", 5_471_698, 328_302),)
    )
    with town.somebody("tianshu", PASSWORD) as seller:
        seller.go("/provider/claims/find")
        seller.fill(code=town.code)
        seller.send()
        seller.follow_in_row("DD01-2026")
        seller.fill(
            amount="27358.00",
            service_from="2026-03-11",
            service_until="2026-03-31",
            invoice=seller.paper("invoice.xml", bureau_xml(invoice)),
            delivery=seller.paper("delivery.pdf", pdf("交付确认单", "4000 卡时")),
            delivery_on="2026-04-01",
            proof=seller.paper("proof.pdf", pdf("银行回单", "30642.00 元")),
            proof_amount="30642.00",
            proof_on="2026-04-01",
            coupons="0",
            gifts="0",
            refunds="0",
        )
        seller.look("provider-claim-form")
        seller.send()
        seller.sees("27,358.00")
        seller.look("provider-claim", with_axe=True)
        seller.press("提交核销")
        seller.sees("待核验")
    with town.somebody("shenhe") as verifier:
        verifier.go("/office/claims/")
        verifier.follow_in_row("HX01-2026")
        verifier.look("office-claim")
        at = verifier.page.url
        verifier.follow("核验通过")
        verifier.fill(finding="已在税务机关查验平台查验，结果一致。")
        verifier.send()
    with town.somebody("shending") as approver:
        approver.go(at)
        approver.follow("核定")
        approver.fill(amount="27358.00")
        approver.send()
        approver.sees("待兑付")


def payment(town: Town) -> None:
    """Maker and checker pay in a batch; the bank refuses one line, and a follow-up pays it."""
    with town.somebody("zhidan") as maker:
        maker.go("/office/batches/new")
        maker.fill(fiscal_year="2026")
        maker.send()
        batch = maker.page.url
        maker.press("锁定送审")
    _sign(town, batch, total="27358.00")
    _answer(town, batch, refused=1)
    with town.somebody("zhidan") as maker:
        maker.go(batch)
        maker.look("office-batch", with_axe=True)
        maker.follow("重新支付退票")
        maker.fill(fiscal_year="2026")
        maker.send()
        again = maker.page.url
        maker.press("锁定送审")
    _sign(town, again, total="13679.00")
    _answer(town, again, refused=0)
    with town.somebody("tianshu", PASSWORD) as seller:
        seller.go("/provider/statements/")
        seller.look("provider-statements", with_axe=True)
        seller.follow_in_row("2026")
        seller.sees("27,358.00")


def ending(town: Town) -> None:
    """The rest of the voucher expires by itself and is back in the envelopes."""
    town.pass_time(beijing(5, 6))
    with town.somebody("tianshu", PASSWORD) as seller:
        seller.go("/provider/orders/")
        seller.follow_in_row("DD01-2026")
        seller.follow("完成订单")
        seller.agree()
    town.pass_time(beijing(9, 10))
    town.daily()
    with town.somebody("yuanfan", PASSWORD) as buyer:
        buyer.go("/enterprise/vouchers/")
        buyer.sees("已过期")
        buyer.follow_in_row("SLQ01-2026")
        buyer.sees("40,142.00")
        buyer.look("enterprise-voucher-ended")


def _sign(town: Town, batch: str, *, total: str) -> None:
    with town.somebody("fuhe") as checker:
        checker.go(batch)
        checker.follow("复核")
        checker.fill(total=total)
        checker.send()
        checker.follow("签发支付")
        checker.agree()
        checker.sees("已签发")


def _answer(town: Town, batch: str, *, refused: int) -> None:
    """The bank's answer: the first lines are refused, the others paid."""
    with town.somebody("zhidan") as maker:
        maker.go(batch)
        maker.follow("导出支付文件")
        with maker.page.expect_download() as file:
            maker.page.locator("main form button").first.click()
        numbers = findall(r"DF\d+-2026-\d+-\d{4}", file.value.path().read_bytes().decode("utf-8-sig"))
        rows = [
            f"{number},失败,,户名不符" if place < refused else f"{number},成功,YH{number[-12:]},"
            for place, number in enumerate(numbers)
        ]
        maker.go(f"{batch}/result")
        maker.fill(
            file=maker.paper("answer.csv", "\n".join(["明细号,结果,银行流水号,原因", *rows]).encode("utf-8-sig"))
        )
        maker.send()
