"""E04: hostile XML is refused within a second, without a call to anybody."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.redemption.invoices.specimens import HONEST_XML
from vouchers.kernel.errors import RuleViolation
from vouchers.redemption.invoices.reading import read_invoice

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
ATTRIBUTES = " ".join(f'a{n}="1"' for n in range(1_000_000))


def xml(text: str, encoding: str = "utf-8") -> bytes:
    return (DECLARATION.replace("UTF-8", encoding) + text).encode(encoding)


HOSTILE = {
    "external entity": xml('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><EInvoice>&x;</EInvoice>'),
    "external document type": xml('<!DOCTYPE EInvoice SYSTEM "http://127.0.0.1:{port}/x.dtd"><EInvoice/>'),
    "parameter entity": xml('<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:{port}/x"> %x;]><EInvoice/>'),
    "entity over the network": xml(
        '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/x">]><EInvoice>&x;</EInvoice>'
    ),
    "billion laughs": xml(f'<!DOCTYPE a [<!ENTITY a0 "ha">{LAUGHS}]><EInvoice>&a11;</EInvoice>'),
    "quadratic growth": xml(f'<!DOCTYPE a [<!ENTITY a "{"x" * 100_000}">]><EInvoice>{"&a;" * 10_000}</EInvoice>'),
    "document type in UTF-16": xml(
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><EInvoice>&x;</EInvoice>', "utf-16"
    ),
    "document type in UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<EInvoice/>',
    "inclusion": xml(
        '<EInvoice xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd"/></EInvoice>'
    ),
    "undefined entity": xml("<EInvoice>&secret;</EInvoice>"),
    "depth": xml("<EInvoice>" * 100_000),
    "closed depth": xml("<a>" * 100_000 + "</a>" * 100_000),
    "elements": xml(f"<EInvoice>{'<a/>' * 100_000}</EInvoice>"),
    "attributes": xml(f"<EInvoice {ATTRIBUTES[: 9 * 2**20]} />"),
    "open brackets": xml("<EInvoice>" + "<" * 1_000_000),
    "truncated": HONEST_XML[: len(HONEST_XML) // 2],
    "two roots": HONEST_XML + b"<EInvoice/>",
    "a zero byte": HONEST_XML.replace(b"<Header>", b"<Header>\x00"),
    "wrong encoding": DECLARATION.encode() + "<EInvoice>渝中</EInvoice>".encode("gbk"),
    "huge": xml(f"<EInvoice>{'x' * 11 * 2**20}</EInvoice>"),
    "only a declaration": DECLARATION.encode(),
    "a page": xml('<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_xml_is_refused_fast_and_quietly(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0)
        content = HOSTILE[name].replace(b"{port}", str(canary.getsockname()[1]).encode())
        begun = time.process_time(), time.monotonic()

        with pytest.raises(RuleViolation) as caught:
            read_invoice(content)

        assert time.monotonic() - begun[1] < 3  # a second on a quiet machine
        with pytest.raises(BlockingIOError):
            canary.accept()
    assert caught.value.findings[0].code.startswith(("xml.", "invoice."))


MEASURE = """
import resource
from tests.redemption.invoices.test_hostile import HOSTILE
from vouchers.kernel.errors import RuleViolation
from vouchers.redemption.invoices.reading import read_invoice

for name in ("quadratic growth", "closed depth", "attributes"):
    try:
        read_invoice(HOSTILE[name])
    except RuleViolation:
        print(name)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def test_hostile_xml_stays_within_memory() -> None:
    """E04: in a process of its own, so that the largest child is one of these."""
    asked = subprocess.run(  # noqa: S603  our own interpreter and words
        [sys.executable, "-c", MEASURE], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    *refused, kilobytes = asked.stdout.split("\n")[:-1]

    assert len(refused) == 3
    assert 10 * 1024 < int(kilobytes) < 128 * 1024
