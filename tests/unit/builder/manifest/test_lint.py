from dataclasses import replace
from pathlib import Path

import pytest

from airlock_builder.manifest.lint import Findings, lint
from tests.unit.builder.manifest.writing import manifest, write

KEYS = Path(__file__).parents[4] / "tests/standin/keys"
REPO = "id: a, baseurl: https://mirror.test/a"


def kickstart_of(folder: Path, text: str, *, release: str = "8.10") -> Findings:
    write(folder / "a.ks.in", text)
    loaded = manifest(folder, "kickstart: {deployer: a.ks.in}\n")
    platform = replace(loaded.platform, release=release)
    return lint(replace(loaded, platform=platform))


def faults(findings: Findings) -> list[str]:
    return [f"{fault.where.rsplit('/', 1)[-1]}: {fault.what}" for fault in findings.faults]


def test_every_wrong_line_of_a_kickstart_is_named(tmp_path: Path) -> None:
    found = faults(kickstart_of(tmp_path, "text\nnonsense\ncdrom\npart / --colour=red\n"))
    assert [line.split(":")[1] for line in found] == ["2", "4"]


def test_what_a_release_calls_deprecated_is_a_fault(tmp_path: Path) -> None:
    assert faults(kickstart_of(tmp_path, "text\ninstall\n"))[0].startswith("a.ks.in:2: ")


def test_the_platforms_release_decides_the_syntax(tmp_path: Path) -> None:
    text = "timesource --ntp-disable\n"
    assert faults(kickstart_of(tmp_path, text, release="8.10")) == ["a.ks.in:1: Unknown command: timesource"]
    assert faults(kickstart_of(tmp_path, text, release="9.6")) == []


@pytest.mark.parametrize(
    "line",
    [
        "rootpw secret",
        "rootpw --plaintext secret",
        "user --name=a --password=secret",
        "user --name=a --iscrypted --password=$1$abc$def",
        "bootloader --password=secret",
        "part / --fstype=xfs --encrypted --passphrase=secret",
        "%post\necho root:secret | chpasswd\n%end",
        "%post\necho secret | passwd --stdin root\n%end",
        "%pre\necho 'rootpw secret' > /tmp/a.ks\n%end",
        "%pre\necho user --name=a --password=secret > /tmp/a.ks\n%end",
    ],
)
def test_a_password_in_plain_text_is_a_fault(tmp_path: Path, line: str) -> None:
    found = faults(kickstart_of(tmp_path, line + "\n"))
    assert len(found) == 1
    assert "secret" not in found[0]
    assert "plain text" in found[0] or "$6$" in found[0]


@pytest.mark.parametrize(
    "line",
    [
        "rootpw --lock",
        "rootpw --iscrypted $6$salt$hash",
        "user --name=a --lock",
        "user --name=a --iscrypted --password=$6$salt$hash",
        "%post\necho 'a:$6$x$y' | chpasswd -e\n%end",
        '%pre\nprintf \'user --name=%s --iscrypted --password="%s"\' a "$hash"\n%end',
    ],
)
def test_hashes_and_locked_accounts_are_good(tmp_path: Path, line: str) -> None:
    assert faults(kickstart_of(tmp_path, line + "\n")) == []


def test_a_password_among_the_values_is_a_fault(tmp_path: Path) -> None:
    found = faults(lint(manifest(tmp_path, "kickstart: {values: {password_hash: secret}}\n")))
    assert found == ["manifest.yaml: kickstart.values.password_hash: a password in plain text"]


def test_harddrive_is_warned_of(tmp_path: Path) -> None:
    warned = kickstart_of(tmp_path, "harddrive --partition=sda1 --dir=/\n").warnings
    assert warned[0].where.endswith("a.ks.in:1")


def test_a_repo_that_no_key_covers_is_a_fault(tmp_path: Path) -> None:
    found = faults(lint(manifest(tmp_path, f"rpms: {{repos: [{{{REPO}}}]}}\n")))
    assert found == ["manifest.yaml: rpms.repos[0]: no key covers the repo a"]


def test_a_repo_without_a_key_is_good_where_the_manifest_says_what_is_unsigned(tmp_path: Path) -> None:
    loaded = manifest(tmp_path, f"rpms: {{repos: [{{{REPO}}}], unsigned: [{{name: x, reason: vendor}}]}}\n")
    assert faults(lint(loaded)) == []


@pytest.mark.parametrize(
    ("name", "what"), [("pebble-secret.asc", "secret key"), ("README.md", "no OpenPGP public key")]
)
def test_a_key_file_must_hold_a_public_key(tmp_path: Path, name: str, what: str) -> None:
    loaded = manifest(tmp_path, f"rpms: {{repos: [{{{REPO}, gpgkey: ['{KEYS / name}']}}]}}\n")
    assert what in faults(lint(loaded))[0]


def test_binary_and_armoured_public_keys_are_good(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\x99\x01\x0d\x04")
    loaded = manifest(tmp_path, f"rpms: {{repos: [{{{REPO}, gpgkey: [binary, '{KEYS / 'RPM-GPG-KEY-pebble'}']}}]}}\n")
    assert faults(lint(loaded)) == []


def test_what_is_left_to_chance_is_warned_of(tmp_path: Path) -> None:
    loaded = manifest(
        tmp_path,
        """
        base: {iso: http://mirror.test/base.iso}
        images: {refs: [a.test/x, a.test/y:latest-focal, a.test/z:1]}
        files: {urls: [{url: http://files.test/a}, {url: https://files.test/b}]}
        """,
    )
    assert [warning.where.rsplit(": ", 1)[-1] for warning in lint(loaded).warnings] == [
        "base.iso",
        "images.refs[0]",
        "images.refs[1]",
        "files.urls[0]",
        "kickstart",
    ]


def test_a_value_that_no_kickstart_uses_is_warned_of(tmp_path: Path) -> None:
    write(tmp_path / "a.ks.in", "text\n")
    loaded = manifest(tmp_path, "kickstart: {deployer: a.ks.in, values: {hostnane: x}}\n")
    assert [warning.what for warning in lint(loaded).warnings] == ["no kickstart uses this value"]


def test_credentials_over_plain_http_are_worth_a_warning(tmp_path: Path) -> None:
    auth = "auth: {bearer: {token_env: TOKEN}}"
    key = f"gpgkey: [{KEYS / 'RPM-GPG-KEY-pebble'}]"
    for scheme, warned in (("http", True), ("https", False)):
        text = f"rpms: {{repos: [{{id: a, baseurl: ['{scheme}://mirror.test/a'], {auth}, {key}}}]}}\n"
        found = lint(manifest(tmp_path, text))
        assert ["credentials of repo a" in warning.what for warning in found.warnings] == [True] * warned


def test_what_is_taken_from_a_blocked_registry_is_a_fault_with_its_place(tmp_path: Path) -> None:
    places = "[{prefix: quay.io, blocked: true}, {prefix: quay.io/ours}]"
    images = f"images: {{refs: [quay.io/a/b:1, quay.io/ours/b:1], registries: {places}}}"
    charts = "charts: [{oci: oci://quay.io/charts/one, version: 1.0.0}]"
    found = faults(lint(manifest(tmp_path, f"{images}\n{charts}\n")))
    assert [text.partition(": ")[2] for text in found] == [
        "images.refs[0]: quay.io/a/b is blocked: nothing is taken from quay.io",
        "charts[0]: quay.io/charts/one is blocked: nothing is taken from quay.io",
    ]


def test_a_name_without_a_registry_is_told_with_what_it_is_taken_for(tmp_path: Path) -> None:
    found = lint(manifest(tmp_path, "images: {refs: ['nginx:1.25', docker.io/nginx:1.25, 'library/nginx:1.25']}\n"))
    assert [warning.what for warning in found.warnings] == [
        "nginx:1.25 names no registry, and is taken for docker.io/library/nginx:1.25",
        "library/nginx:1.25 names no registry, and is taken for docker.io/library/nginx:1.25",
    ]
