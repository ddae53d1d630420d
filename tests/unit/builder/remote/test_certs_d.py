"""Certificates by the rules of containers-certs.d(5)."""

from __future__ import annotations

from pathlib import Path

from airlock_builder.remote.certs_d import Kept, kept_for


def kept(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch()
    return folder


def test_the_first_folder_that_knows_the_host_counts(tmp_path: Path) -> None:
    own = kept(tmp_path / "home/.config/containers/certs.d/r.test:5000", "ca.crt")
    kept(tmp_path / "etc/r.test:5000", "other.crt")
    system = kept(tmp_path / "etc/s.test", "a.crt", "b.crt")
    env, etc = {"HOME": str(tmp_path / "home")}, [tmp_path / "etc"]
    assert kept_for("r.test:5000", env, etc) == Kept((own / "ca.crt",))
    assert kept_for("s.test", env, etc) == Kept((system / "a.crt", system / "b.crt"))
    assert kept_for("r.test", env, etc) == Kept()


def test_a_certificate_is_taken_with_the_key_of_its_name(tmp_path: Path) -> None:
    folder = kept(tmp_path / "etc/r.test", "client.cert", "client.key", "lonely.cert", "README")
    found = kept_for("r.test", {"HOME": str(tmp_path)}, [tmp_path / "etc"])
    assert found == Kept((), ((folder / "client.cert", folder / "client.key"),))
