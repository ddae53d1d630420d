"""The site's CA and the registry's certificate."""

import datetime
import stat
from pathlib import Path

import pytest
from cryptography import x509

from airlock_core.errors import GateError, MachineError
from airlock_installer.serve import pki
from airlock_installer.serve.pki import Pki

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def _names(folder: Path) -> frozenset[str]:
    return pki.names_in(x509.load_pem_x509_certificate(Pki(folder).certificate.read_bytes()))


def test_certificate_has_the_names_and_its_key_is_for_root_alone(tmp_path: Path) -> None:
    assert pki.ensure(Pki(tmp_path), ["control1", "192.168.21.101"], NOW)
    assert _names(tmp_path) == {"control1", "192.168.21.101"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*.key")} == {0o600}


def test_nothing_is_made_anew_without_a_reason(tmp_path: Path) -> None:
    pki.ensure(Pki(tmp_path), ["control1"], NOW)
    assert not pki.ensure(Pki(tmp_path), ["control1"], NOW + datetime.timedelta(days=1))


@pytest.mark.parametrize(("names", "days"), [(["control1", "10.0.0.1"], 0), (["control1"], 800)])
def test_new_name_or_coming_end_renews_the_certificate_and_keeps_the_ca(
    tmp_path: Path, names: list[str], days: int
) -> None:
    pki.ensure(Pki(tmp_path), ["control1"], NOW)
    authority = Pki(tmp_path).ca_certificate.read_bytes()
    assert pki.ensure(Pki(tmp_path), names, NOW + datetime.timedelta(days=days))
    assert Pki(tmp_path).ca_certificate.read_bytes() == authority
    assert _names(tmp_path) >= set(names)


@pytest.mark.parametrize("breaks", ["other key", "no key", "foreign", "nonsense"])
def test_certificate_that_the_server_cannot_use_is_made_anew_and_the_ca_stays(tmp_path: Path, breaks: str) -> None:
    ours, other = Pki(tmp_path / "ours"), Pki(tmp_path / "other")
    for each in (ours, other):
        pki.ensure(each, ["control1"], NOW)
    authority = ours.ca_certificate.read_bytes()
    if breaks in ("other key", "foreign"):
        ours.key.write_bytes(other.key.read_bytes())
    if breaks == "foreign":
        ours.certificate.write_bytes(other.certificate.read_bytes())
    elif breaks == "no key":
        ours.key.unlink()
    elif breaks == "nonsense":
        ours.certificate.write_text("nonsense")
    assert pki.ensure(ours, ["control1"], NOW)
    assert pki.belongs(ours.certificate, ours.key)
    assert pki.signed_by(ours.certificate, ours.ca_certificate)
    assert ours.ca_certificate.read_bytes() == authority


def test_no_other_ca_is_made_without_a_word_where_its_key_is_gone(tmp_path: Path) -> None:
    pki.ensure(Pki(tmp_path), ["control1"], NOW)
    Pki(tmp_path).ca_key.unlink()
    assert not pki.ensure(Pki(tmp_path), ["control1"], NOW)
    with pytest.raises(MachineError, match="not the key of the site's CA, or gone") as caught:
        pki.ensure(Pki(tmp_path), ["control2"], NOW)
    assert "bring it back, or move " in caught.value.todo


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (-2, "the site's CA is not valid before 2025-12-31 00:00 UTC, and the clock says 2025-12-30 00:00"),
        (4000, "the site's CA was valid until 2035-12-30 00:00 UTC, and the clock says 2036-12-14 00:00"),
    ],
)
def test_clock_outside_the_ca_says_set_the_clock(tmp_path: Path, days: int, told: str) -> None:
    pki.ensure(Pki(tmp_path), ["control1"], NOW)
    with pytest.raises(GateError) as caught:
        pki.ensure(Pki(tmp_path), ["control1"], NOW + datetime.timedelta(days=days))
    assert caught.value.what == told
    assert caught.value.todo.startswith("set the clock; where it is right, move ")
