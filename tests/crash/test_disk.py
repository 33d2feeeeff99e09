"""A disk that fails under the serving process: no answer that is not true, a clean start after, and the same press."""

from tests.crash.conftest import Seller
from tests.crash.state import assert_sound, picture
from tests.crash.tracing import failing, injected
from tests.databases import let_go
from tests.races.harness import Reply, upload
from vouchers.db.base import db
from vouchers.kernel import faults
from vouchers.kernel.identifiers import new_public_id

JOURNAL = "vouchers.db-wal"
FAILURES = {
    "the journal cannot be synced": ("fdatasync", "EIO", JOURNAL),
    "the journal cannot be written": ("pwrite64", "EIO", JOURNAL),
    "the journal has no room": ("pwrite64", "ENOSPC", JOURNAL),
}
SAID = {"EIO": (503, "系统正忙"), "ENOSPC": (507, "存储空间已满")}


def test_no_act_is_acknowledged_that_a_failing_disk_did_not_take(seller: Seller) -> None:
    place = seller.house
    for what, (call, error, name) in FAILURES.items():
        shot, before = seller.shot(), picture()
        with failing(place, call, error, place.folder / name):
            refused = [seller.press(shot), seller.press(seller.shot())]
            looked = seller.look()

        assert injected(place) >= len(refused), what
        assert {told(reply) for reply in refused} == {SAID[error]}, what
        assert looked == 200, what
        place.kill()
        db.session.remove()
        place.start(is_forked=True)
        assert picture() == before, what
        assert_sound(what)
        assert_done_once(seller, shot)
    assert_sound()


def told(reply: Reply) -> tuple[int, str]:
    """The status, and the sentence that goes with it."""
    return reply.status, next((words for _, words in SAID.values() if words in reply.text), reply.text[-300:])


def test_the_same_server_goes_on_once_the_disk_does(seller: Seller) -> None:
    shot = seller.shot()
    with failing(seller.house, "fdatasync", "EIO", seller.house.folder / JOURNAL):
        assert seller.press(shot).status == 503

    assert_done_once(seller, shot)
    assert_sound()
    assert seller.house.stop() == 0


def test_a_commit_that_was_not_synced_may_come_to_light_after_a_power_cut_and_is_not_done_twice(
    seller: Seller,
) -> None:
    """The index beside the journal is gone with the power, so that the next start reads what the journal holds."""
    place, shot = seller.house, seller.shot()
    with failing(place, "fdatasync", "EIO", place.folder / JOURNAL):
        refused = seller.press(shot)
    place.kill()
    db.session.remove()
    let_go(place.app)
    (place.folder / "vouchers.db-shm").unlink()

    place.start(is_forked=True)

    assert "还不能确定这次操作是否已经生效" in refused.text
    assert_done_once(seller, shot)
    assert_sound()


def test_no_room_for_an_original_is_told_and_nothing_is_kept(waiting: Seller) -> None:
    faults.arm(faults.read("blob.written@redemption_provider.revise_claim:raise=ENOSPC"))
    waiting.house.start(is_forked=True)
    faults.arm(None)
    shot, before = revision(waiting), picture()

    refused = waiting.press(shot)

    assert told(refused) == SAID["ENOSPC"]
    assert picture() == before
    assert not list((waiting.house.folder / "files").rglob(".part-*"))


def test_an_original_that_cannot_be_synced_is_not_acknowledged(seller: Seller) -> None:
    shot, before = revision(seller), picture()
    with failing(seller.house, "fsync", "EIO"):
        refused = seller.press(shot)

    assert injected(seller.house) >= 1
    assert told(refused) == SAID["EIO"]
    assert picture() == before
    assert not list((seller.house.folder / "files").rglob(".part-*"))
    assert seller.press(shot).status == 303
    assert_sound()


def assert_done_once(seller: Seller, shot: bytes) -> None:
    """Pressed again it is done, and pressed once more it is answered the same and nothing is changed."""
    done = seller.press(shot)
    assert done.status == 303, done.text
    after = picture()
    again = seller.press(shot)
    assert (again.status, again.location) == (done.status, done.location)
    assert picture() == after


def revision(seller: Seller, *, filling: bytes = b"") -> bytes:
    """A draft sent again with another paper, as a browser would; its bytes filled up with these."""
    page = seller.browser.form(f"{seller.claims[0].path}/revise")
    fields = {**{name: values[0] for name, values in page.values.items()}, "delivery_on": "2026-03-02"}
    paper = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n%new\n" + filling
    sent = {**fields, "idempotency_key": new_public_id()}
    headers = seller.browser._headers()
    return upload(page.action, sent, file=paper, headers=headers, under="delivery", shown="a.pdf")
