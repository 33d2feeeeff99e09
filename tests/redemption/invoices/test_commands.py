import json
from pathlib import Path

from click.testing import CliRunner, Result
from flask import Flask

from tests.redemption.invoices.specimens import HONEST, HONEST_XML, varied
from vouchers.redemption.invoices.commands import invoice


def run(*arguments: str) -> Result:
    app = Flask(__name__)
    app.cli.add_command(invoice)
    return app.test_cli_runner().invoke(args=["invoice", "read", *arguments])


def test_machines_get_a_list_with_an_object_per_file(tmp_path: Path) -> None:
    path = tmp_path / "发票.xml"
    path.write_bytes(HONEST_XML)

    result = run(str(path), "--json")
    [answer] = json.loads(result.output)

    assert result.exit_code == 0
    assert list(answer) == [
        "file", "dialect", "number", "code", "issued_on", "seller", "buyer", "lines", "amount", "tax", "total",
        "red", "original_number", "remark", "checks",
    ]  # fmt: skip
    assert (answer["dialect"], answer["number"], answer["total"]) == ("bureau-xml", HONEST.number, "106500.00")
    assert answer["lines"][1] == {"name": "*信息技术服务*技术支持", "amount": "500.00", "tax": "0.00"}
    assert {check["level"] for check in answer["checks"]} == {"green"}


def test_a_red_check_gives_exit_code_one(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(varied("106500.00", "106600.00"))

    result = run(str(path), "--json")

    assert result.exit_code == 1
    assert "red" in {check["level"] for check in json.loads(result.output)[0]["checks"]}


def test_unreadable_files_are_answered_beside_readable_ones(tmp_path: Path) -> None:
    good, bad, missing = tmp_path / "a.xml", tmp_path / "b.xml", tmp_path / "c.xml"
    good.write_bytes(HONEST_XML)
    bad.write_bytes(b"<?xml version='1.0'?><!DOCTYPE a><EInvoice/>")

    result = run(str(good), str(bad), str(missing), "--json")
    answers = json.loads(result.output)

    assert result.exit_code == 1
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, "xml.doctype", "file.unreadable"]


def test_people_get_sentences(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(varied("<EInvoiceData>", "<EInvoiceData><!-- 备注 -->"))

    result = run(str(path))

    assert result.exit_code == 0
    assert f"发票号码  {HONEST.number}" in result.output
    assert "相符：大写金额" in result.output


def test_no_file_is_wrong_usage() -> None:
    assert run().exit_code == 2
    assert CliRunner().invoke(invoice, ["read", "--nonsense"]).exit_code == 2
