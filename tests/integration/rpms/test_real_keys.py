"""Vendors' own keys from the field: each is read, and what is wrong with it said."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from airlock_builder.lock.rpms.signing.keys import notes
from airlock_builder.manifest.model import Repo
from airlock_core.errors import InputError
from airlock_core.signatures import Keyring
from tests import realdata

pytestmark = pytest.mark.integration

NOW = 1735689600  # 2025-01-01


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "RPM-GPG-KEY-EPEL-8",
            (
                "94E279EB8D8F25B21810ADF121EA45AB2F86D6A1 (Fedora EPEL (8) <epel@fedoraproject.org>), RSA 4096, "
                "made on 2019-06-05; certified with SHA-1 or weaker alone"
            ),
        ),
        (
            "RPM-GPG-KEY-EPEL-9",
            (
                "FF8AD1344597106ECE813B918A3872BF3228467C (Fedora (epel9) <epel@fedoraproject.org>), RSA 4096, "
                "made on 2021-09-07"
            ),
        ),
        (
            "RPM-GPG-KEY-rockyofficial",
            (
                "7051C470A929F454CEBE37B715AF5DAC6D745A60 (Release Engineering <infrastructure@rockylinux.org>), "
                "RSA 4096, made on 2021-02-14"
            ),
        ),
        (
            "RPM-GPG-KEY-Rocky-9",
            (
                "21CB256AE16FC54C6E652949702D426D350D275D (Rocky Enterprise Software Foundation - Release key 2022 "
                "<releng@rockylinux.org>), RSA 4096, made on 2022-05-09"
            ),
        ),
        (
            "RPM-GPG-KEY-ceph.com",
            (
                "08B73419AC32B4E966C1A330E84AC2C0460F3994 (Ceph.com (release key) <security@ceph.com>), RSA 4096, "
                "made on 2015-09-15; certified with SHA-1 or weaker alone"
            ),
        ),
        (
            "kubernetes-repomd.xml.key",
            (
                "DE15B14486CD377B9E876E1A234654DA9A296436 (isv:kubernetes OBS Project "
                "<isv:kubernetes@build.opensuse.org>), RSA 2048, made on 2022-08-25; expired on 2024-11-02"
            ),
        ),
    ],
)
def test_each_is_read_and_described(name: str, told: str) -> None:
    keyring = Keyring.load([realdata.folder(f"keys/{name}") / "keys" / name])
    assert [key.describe(NOW) for key in keyring.keys] == [told]


def test_lock_notes_the_keys_that_sign_nothing_good_any_more_and_those_that_the_site_cannot_import() -> None:
    keys = realdata.folder("keys") / "keys"

    def noted(major: int) -> list[str]:
        files = {
            "k8s": "kubernetes-repomd.xml.key",
            "ceph": "RPM-GPG-KEY-ceph.com",
            "ceph-noarch": "RPM-GPG-KEY-ceph.com",
        }
        repos = [Repo(id=name, baseurl=("http://h",), gpgkey=(keys / file,)) for name, file in files.items()]
        return list(notes([*repos, Repo(id="r", baseurl=("http://h",))], major=major, now=NOW))

    (expired,) = noted(8)
    assert expired.startswith("repo k8s: key DE15B14486CD377B9E876E1A234654DA9A296436 (isv:kubernetes OBS Project")
    assert expired.endswith("; expired on 2024-11-02")
    told = noted(9)
    assert told[0] == expired
    assert told[1].startswith("repos ceph, ceph-noarch: key 08B73419AC32B4E966C1A330E84AC2C0460F3994")
    assert told[1].endswith("; certified with SHA-1 or weaker alone; rpm of Enterprise Linux 9 cannot import it")


def test_a_key_of_version_6_is_refused_for_what_it_is(tmp_path: Path) -> None:
    body = b"\x06" + struct.pack(">IBI", NOW, 27, 32) + bytes(range(32))
    path = tmp_path / "RPM-GPG-KEY-new"
    path.write_bytes(bytes([0xC6, len(body)]) + body)
    with pytest.raises(InputError, match="RPM-GPG-KEY-new: an OpenPGP key of version 6") as caught:
        Keyring.load([path])
    assert "neither this machine's gpg nor rpm of Enterprise Linux 8 and 9 reads it" in caught.value.why
