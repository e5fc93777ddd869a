"""Letters in bad weather: a server that is away, refuses, or takes a letter without a word; hostile names and addresses."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from certificates import certificate
from cryptography import x509
from letterbox import ADVISER, COUNTY, Letterbox, at, html, invited, letterbox, letters, plain, stop, tick
from pydantic import SecretStr
from sqlalchemy import select, update
from visitor import Visitor
from world import World

from campaigns import attention, credentials, organisations
from campaigns import letters as post
from campaigns.mail_addresses import AddressRefused, is_address
from campaigns.settings import Settings, SettingsProblem
from campaigns.store import Campaign, Letter, Membership, Organisation, Person, Role
from connectors.secret import Secret
from web.app import make_web
from workers.notify import notify

WORD, OTHER = "s3cret-of-smtp", "an-0ld-one"
LINK = "/login/link/never-in-a-log-4711"


def test_while_the_server_is_away_letters_wait_and_then_go_once(world: World, box: Letterbox) -> None:
    box.stop()
    stop(world, "4601")
    for _ in range(5):
        tick(world)
        world.wait(minutes=2)
    assert {one.outcome for one in letters(world)} == {"mail.unreachable"}
    box.start()
    world.wait(minutes=15)
    for _ in range(3):
        tick(world)
        world.wait(minutes=15)
    assert [one["Subject"] for one in box.to(ADVISER)].count("Alt er stoppa for Bergen") == 1


def test_without_a_mail_server_nothing_is_lost(world: World) -> None:
    invited(world)
    tick(world)
    waiting = [one for one in letters(world) if one.ended_at is None]
    assert [one.attempts for one in waiting] == [0, 0, 0]
    at(world, 1, 14, 8)
    with letterbox(world) as box:
        tick(world)
        at(world, 1, 14, 9)
        tick(world)
        (mail,) = box.to(ADVISER)
    assert "Vestland inviterer dykk" in plain(mail)


def test_without_a_mail_server_no_letter_is_asked_for_again_and_again(world: World) -> None:
    invited(world)
    stop(world)
    tick(world)
    nudged = [nudge for nudge in world.nudged if nudge[0] == "notify"]
    assert [one.attempts for one in letters(world)] == [0] * len(letters(world)) != []
    assert nudged == []


def test_a_stop_shares_neither_waits_nor_end_of_a_letter_that_has_been_kept_for_long(
    world: World, box: Letterbox
) -> None:
    box.puts_off.add(ADVISER)
    stop(world, "4601")
    for _ in range(47):
        tick(world)
        world.wait(hours=1)
    stop(world, "4601", reason="Ei ny ulukke")
    for _ in range(2):
        tick(world)
        world.wait(hours=1)
    box.puts_off.clear()
    tick(world)
    assert "Ei ny ulukke" in "\n".join(plain(mail) for mail in box.to(ADVISER))


def test_a_mailbox_that_refuses_is_given_up_and_its_admins_are_told_in_the_morning(
    world: World, box: Letterbox
) -> None:
    with world.store.system() as session:
        organisations.add_member(
            session, "4601", name="Nils", mail="nils@4601.example", roles=[Role.approver]
        )
    box.refuses.add("nils@4601.example")
    stop(world, "4601")
    tick(world)
    world.wait(hours=1)
    tick(world)
    with world.store.system(write=False) as session:
        nils = session.scalars(select(Person.id).where(Person.mail == "nils@4601.example")).one()
        refused = session.scalars(select(Letter).where(Letter.person_id == nils)).all()
    assert {one.outcome for one in refused} == {"mail.refused"}
    at(world, 1, 13, 8)
    tick(world)
    told = "\n".join(plain(mail) for mail in box.to(ADVISER))
    assert "E-post til Nils kjem ikkje fram (nils@4601.example)." in told
    assert box.to("nils@4601.example") == []


def test_a_mailbox_that_asks_for_patience_gets_its_letter_later(world: World, box: Letterbox) -> None:
    box.puts_off.add(ADVISER)
    stop(world, "4601")
    tick(world)
    assert box.to(ADVISER) == []
    assert len(box.to(COUNTY)) == 1, "others do not wait with it"
    box.puts_off.clear()
    world.wait(minutes=1)
    tick(world)
    assert len(box.to(ADVISER)) == 1


def test_a_letter_taken_without_an_answer_goes_again_under_the_same_number(
    world: World, box: Letterbox
) -> None:
    box.hangs_up = True
    stop(world, "4601")
    tick(world)
    world.wait(minutes=20)
    tick(world)
    tick(world)
    for address in (ADVISER, COUNTY):
        assert len({one["Message-ID"] for one in box.to(address)}) == 1
    assert len(box.mails) == 3, "one of the two twice"


def test_two_workers_with_the_same_nudge_send_one_letter(world: World, box: Letterbox) -> None:
    stop(world, "4601")
    world.deliver = lambda errand, platform, ids: None
    tick(world)
    with world.store.system(write=False) as session:
        ids = post.due(session, world.settings.letter_ways, now=world.now)
    with world.store.system() as session:
        assert post.claim(session, ids[0], {"mail"}, now=world.now) is not None
    notify(world.desk, ids + ids)
    assert len(box.mails) == len(ids) - 1
    world.wait(minutes=6)
    notify(world.desk, ids)
    assert len(box.mails) == len(ids), "the lease of one that died runs out"


def test_a_letter_is_given_up_after_two_days_and_says_why(world: World, box: Letterbox) -> None:
    box.puts_off |= {ADVISER}
    stop(world, "4601")
    for _ in range(30):
        tick(world)
        world.wait(hours=2)
    with world.store.system(write=False) as session:
        given_up = session.scalars(
            select(Letter).where(Letter.outcome == "mail.later", Letter.ended_at.is_not(None))
        )
        assert given_up.all()


def test_whoever_has_left_hears_nothing_more(world: World, box: Letterbox) -> None:
    box.stop()
    stop(world, "4601")
    tick(world)
    with world.store.system() as session:
        person = session.scalars(select(Person).where(Person.mail == ADVISER)).one()
        for one in session.scalars(select(Membership).where(Membership.person_id == person.id)).all():
            session.delete(one)
    box.start()
    world.wait(minutes=20)
    tick(world)
    assert box.to(ADVISER) == []


# -- hostile words


def test_names_and_titles_bring_neither_header_nor_markup_nor_line(world: World, box: Letterbox) -> None:
    hostile = 'P\r\nBcc: alle@example.no\r\n<img src=x onerror=alert(1)> \u202e"{name}"'
    with world.store.system() as session:
        session.execute(update(Person).where(Person.mail == ADVISER).values(name=hostile))
    invited(world)
    with world.store.system() as session:
        session.execute(update(Campaign).values(title={"nn": hostile}))
    with world.store.system() as session:
        session.execute(update(Organisation).where(Organisation.number == "46").values(name=hostile))
    tick(world)
    (mail,) = box.to(ADVISER)
    assert mail["Bcc"] is None
    assert len(mail["To"].addresses) == 1
    assert "<img" not in html(mail)
    assert "&lt;img" in html(mail)
    assert "{name}" in plain(mail), "a value is never scanned again"
    assert not any(line.startswith("Bcc") for line in plain(mail).splitlines())
    assert "\u202e" not in plain(mail)


@pytest.mark.parametrize(
    "address",
    [
        "a@b.no?attach=file:///etc/passwd", "a@b.no&to=c@d.no", "a@b.no\r\nBcc: c@d.no", "a@b.no, c@d.no",
        "mailtos://a:b@c.no", "a b@c.no", "<a@b.no>", "a@localhost", "a@127.0.0.1", "@b.no", "a@b..no",
        "a%40c.no@b.no", '"a b"@c.no', "a@b.no\x01", "", "a" * 300 + "@b.no",
    ],
)  # fmt: skip
def test_what_is_more_than_one_plain_address_is_refused(world: World, box: Letterbox, address: str) -> None:
    assert not is_address(address)
    with world.store.system() as session:
        with pytest.raises(AddressRefused):
            post.send_now(
                session, address, "trial", {"mail": "x"}, now=world.now, until=world.now + timedelta(hours=1)
            )
        session.execute(update(Person).where(Person.mail == ADVISER).values(mail=address))
    stop(world, "4601")
    tick(world)
    assert box.to("Adviser") == []
    assert {one["To"].addresses[0].addr_spec for one in box.mails} == {COUNTY}


def test_a_forged_host_changes_no_link(world: World, box: Letterbox) -> None:
    """Neither a host of one's own nor the word of a proxy that nobody named (B6, G9)."""
    ours = "https://samklang.fylke.example"
    world.settings.public_url = ours
    with world.store.system() as session:
        person = session.scalars(select(Person).where(Person.mail == ADVISER)).one()
        credentials.set_password(session, person, "fire ord etter kvarandre", now=world.now)
    visitor, asked = Visitor(make_web(world.settings, world.store, now=lambda: world.now)), {"mail": ADVISER}
    forged = visitor.post("/login/forgotten", asked, headers={"Host": "evil.example"})
    assert forged.status_code == 400
    tick(world)
    assert box.to(ADVISER) == []
    more = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Forwarded": "host=evil.example"}
    taken = visitor.post("/login/forgotten", asked, headers={"Host": "samklang.fylke.example", **more})
    assert taken.status_code == 200
    tick(world)
    (mail,) = box.to(ADVISER)
    links = re.findall(r"\S+://\S+", plain(mail))
    assert any(one.startswith(f"{ours}/enter/") for one in links)
    assert all(one.startswith(f"{ours}/") for one in links)
    assert "evil.example" not in plain(mail) + html(mail)


# -- letters of their own, and what is in no log


def test_a_link_that_lets_somebody_in_lies_sealed_until_it_is_sent_and_is_in_no_log(
    world: World, box: Letterbox, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail").setLevel(logging.CRITICAL)  # the server's own
    box.stop()
    with world.store.system() as session:
        post.send_now(
            session, "ny@4601.example", "trial", {"mail": "ny@4601.example"}, now=world.now,
            until=world.now + timedelta(minutes=30), vault=world.desk.vault, secret_path=Secret(LINK),
        )  # fmt: skip
    tick(world)
    (letter,) = [one for one in letters(world) if one.kind]
    assert LINK not in str(letter.details)
    assert LINK.encode() not in (letter.sealed or b"")
    box.start()
    world.wait(minutes=5)
    tick(world)
    (mail,) = box.to("ny@4601.example")
    assert LINK in plain(mail)
    (letter,) = [one for one in letters(world) if one.kind]
    assert (letter.outcome, letter.sealed) == ("sent", None)
    logged = caplog.text + "".join(capsys.readouterr())
    assert "letter_ended" in logged
    assert LINK not in logged
    assert "ny@4601.example" not in logged


def test_a_letter_that_is_of_no_use_any_more_does_not_go(world: World, box: Letterbox) -> None:
    box.stop()
    with world.store.system() as session:
        post.send_now(
            session, "ny@4601.example", "trial", {"mail": "x"}, now=world.now,
            until=world.now + timedelta(minutes=15),
        )  # fmt: skip
    tick(world)
    box.start()
    world.wait(minutes=16)
    tick(world)
    assert box.mails == []


def test_a_fault_with_one_letter_keeps_no_other_back(
    world: World, box: Letterbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    invited(world)
    whole = attention.waiting

    def broken(session, connectors, *, now):  # type: ignore[no-untyped-def]
        if session.info["actor"].organisation_id == world.places["4601"].id:
            raise RuntimeError("a fault")
        return whole(session, connectors, now=now)

    monkeypatch.setattr(attention, "waiting", broken)
    tick(world)
    assert box.to(ADVISER) == []
    assert len(box.to("adviser@4621.example")) == 1
    monkeypatch.undo()
    world.wait(minutes=1)
    tick(world)
    assert len(box.to(ADVISER)) == 1


# -- the way to the server


def test_the_password_goes_over_tls_alone_and_is_in_no_log(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail").setLevel(logging.CRITICAL)  # the server's own
    context, public = certificate(tmp_path, x509.DNSName("localhost"))
    with letterbox(world, tls_context=context, require_starttls=True, auth_required=True) as box:
        settings = world.settings
        settings.smtp_host, settings.smtp_tls, settings.ca_file = "localhost", "starttls", Path(public)
        settings.smtp_user, settings.smtp_password = "samklang", SecretStr(WORD)
        stop(world, "4601")
        tick(world)
        assert box.logins[0] == ("samklang", WORD)
        assert len(box.to(ADVISER)) == 1
        settings.smtp_password = SecretStr(OTHER)
        settings.__dict__.pop("smtp_secret")
        world.wait(minutes=11)
        stop(world, "4601", reason="Ein til")
        tick(world)
        assert len(box.to(ADVISER)) == 1
        assert [one.outcome for one in letters(world)].count("mail.login") == 2
    logged = caplog.text + "".join(capsys.readouterr())
    assert WORD not in logged
    assert OTHER not in logged


def test_a_server_without_tls_gets_no_letter_where_tls_is_asked_for(world: World, box: Letterbox) -> None:
    world.settings.smtp_tls = "starttls"
    stop(world, "4601")
    tick(world)
    assert box.mails == []
    assert {one.outcome for one in letters(world)} == {"mail.unreachable"}


def test_settings_of_mail_that_are_unsafe_are_refused(tmp_path: Path) -> None:
    def problem(**more: object) -> str:
        given = {"home": tmp_path, "smtp_host": "127.0.0.1", "smtp_tls": "none", "mail_from": "a@b.no"} | more
        try:
            Settings.model_validate(given).check()
        except SettingsProblem as trouble:
            return str(trouble)
        return ""

    assert problem() == ""
    assert "SAMKLANG_SMTP_TLS" in problem(smtp_host="mail.fylke.no")
    assert problem(smtp_host="mail.fylke.no", smtp_tls="tls") == ""
    assert "SAMKLANG_MAIL_FROM" in problem(mail_from=None)
    assert "SAMKLANG_MAIL_FROM" in problem(mail_from="a@b.no\r\nBcc: c@d.no")
    assert "SAMKLANG_SMTP_USER" in problem(smtp_user="samklang")
    word = tmp_path / "word"
    word.write_text(f"{WORD}\n")
    assert problem(smtp_user="samklang", smtp_password_file=word) == ""
    assert WORD not in repr(Settings.model_validate({"home": tmp_path, "smtp_password": WORD}))
