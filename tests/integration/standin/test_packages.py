"""The stand-in's big repository keeps what it promises: signed, whole, and of EL's shape."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.standin import packages
from tests.standin.keys import FINGERPRINT, PUBLIC_KEY
from tests.standin.packages.base import chroot
from tests.standin.packages.install import dnf, install
from tests.standin.run import run

pytestmark = [
    pytest.mark.integration,
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="a root can only be made and entered with root's rights"),
]

TRUST_A_CERTIFICATE = """
cp /etc/ssl/certs/ISRG_Root_X1.pem /etc/pki/ca-trust/source/anchors/site.pem
update-ca-trust
openssl verify /etc/ssl/certs/anchor-site.pem
"""

LOCAL_REPO = """
[local]
name=local
baseurl=file:///srv/repo
gpgcheck=1
repo_gpgcheck=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-pebble
"""

PROGRAMS = ("python3.11", "nginx", "docker-distribution", "haproxy", "keepalived", "skopeo")


@pytest.fixture(scope="module")
def repo() -> Path:
    """The repository, from the cache when it is there."""
    return packages.build()


@pytest.fixture(scope="module")
def installed(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with the core group and the appliance's programs, installed with every signature check on."""
    root = tmp_path_factory.mktemp("pebble") / "root"
    install(repo, root, "@core", *PROGRAMS)
    return root


@pytest.fixture
def command(repo: Path, tmp_path: Path) -> Iterator[list[str]]:
    """The dnf command on an empty root."""
    with dnf(repo, tmp_path) as words:
        yield words


def test_every_package_is_signed_by_the_stand_in(repo: Path, tmp_path: Path) -> None:
    keyring = ("rpmkeys", "--dbpath", tmp_path)
    run(*keyring, "--import", PUBLIC_KEY)
    files = sorted((repo / "Packages").glob("*.rpm"))
    checked = run(*keyring, "--define", "_pkgverify_level all", "--checksig", *files)
    assert [line.rpartition(":")[2].strip() for line in checked.splitlines()] == ["digests signatures OK"] * len(files)


def test_signature_of_the_metadata_is_the_stand_in_s(repo: Path, tmp_path: Path) -> None:
    keyring = tmp_path / "keyring.gpg"
    run("gpg", "--batch", "--homedir", tmp_path, "--dearmor", "--output", keyring, PUBLIC_KEY)
    repomd = repo / "repodata/repomd.xml"
    status = run("gpgv", "--status-fd", "1", "--keyring", keyring, f"{repomd}.asc", repomd)
    assert f"VALIDSIG {FINGERPRINT} 2024-01-01" in status


def test_dnf_sees_the_groups(command: list[str]) -> None:
    listed = run(*command, "group", "list", "--ids")
    assert "Minimal Install (minimal-environment)" in listed
    assert "(appliance)" in listed


def test_dnf_sees_two_streams_of_nginx_and_the_default(command: list[str]) -> None:
    listed = run(*command, "module", "list", "nginx").splitlines()
    streams = {row[1]: row[2] for row in map(str.split, listed) if row[:1] == ["nginx"]}
    assert streams == {"1.22": "[d]", "mainline": "common"}


def test_default_stream_is_what_a_plain_request_gets(installed: Path) -> None:
    label = run("rpm", "--root", installed, "--dbpath", "/var/lib/rpm", "-q", "--qf", "%{modularitylabel}", "nginx")
    assert label.startswith("nginx:1.22:")


def test_installed_root_says_that_it_is_rocky_8(installed: Path) -> None:
    said = chroot(installed, ". /etc/os-release; echo $ID $VERSION_ID $PLATFORM_ID; cat /etc/redhat-release")
    assert said == "rocky 8.10 platform:el8\nRocky Linux release 8.10 (Green Obsidian)\n"


def test_root_has_merged_usr_and_a_locked_root_account(installed: Path) -> None:
    assert [(installed / name).readlink() for name in ("bin", "lib")] == [Path("usr/bin"), Path("usr/lib")]
    assert "root:*:" in (installed / "etc/shadow").read_text()


def test_root_carries_no_host_keys(installed: Path) -> None:
    assert not list((installed / "etc/ssh").glob("ssh_host_*"))


def test_kernel_and_its_initramfs_lie_in_boot(installed: Path) -> None:
    kernels = [path.name.removeprefix("vmlinuz-") for path in (installed / "boot").glob("vmlinuz-*")]
    assert len(kernels) == 1
    assert (installed / f"boot/initramfs-{kernels[0]}.img").exists()
    assert (installed / f"usr/lib/modules/{kernels[0]}/modules.dep").exists()


def test_files_of_the_packages_are_as_rpm_recorded_them(installed: Path) -> None:
    unlike = chroot(installed, "rpm -Va --nomtime || :").splitlines()
    assert {line.split()[-1] for line in unlike} <= {"/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow"}


@pytest.mark.parametrize(
    ("user", "shell"), [(name, "/sbin/nologin") for name in ("nginx", "chrony", "sshd", "haproxy")]
)
def test_program_has_its_el_user(installed: Path, user: str, shell: str) -> None:
    assert chroot(installed, f"getent passwd {user}").strip().split(":")[-1] == shell


@pytest.mark.parametrize(
    "check",
    [
        "nginx -t",
        "registry --version",
        "ssh-keygen -A && mkdir -p /run/sshd && sshd -t && rm /etc/ssh/ssh_host_*",
        "chronyd -v",
        "haproxy -c -f /etc/haproxy/haproxy.cfg",
        "keepalived --config-test",
        "skopeo --version",
        "dnf repolist",
        "visudo -c",
        "python3.11 -m venv --without-pip /tmp/venv && /tmp/venv/bin/python -m ensurepip --version",
        "python3.11 $(echo /usr/share/python-wheels/pip-*.whl)/pip --version",
        TRUST_A_CERTIFICATE,
        "grub2-mkimage -O i386-pc -p /boot/grub -o /tmp/core.img biosdisk part_msdos ext2",
        "grub2-mkimage -O x86_64-efi -p /boot/grub -o /tmp/core.efi part_gpt ext2",
    ],
)
def test_program_works_in_the_root(installed: Path, check: str) -> None:
    chroot(installed, check)


def test_dnf_in_the_root_installs_from_a_local_repository_with_every_check_on(repo: Path, installed: Path) -> None:
    shutil.copytree(repo, installed / "srv/repo")
    (installed / "etc/yum.repos.d/local.repo").write_text(LOCAL_REPO)
    assert "tree v2" in chroot(installed, "dnf --assumeyes --quiet install tree >&2; tree --version")


def test_user_with_a_password_and_sudo_can_be_added(installed: Path) -> None:
    add = "useradd -m -G wheel clex && echo clex:secret | chpasswd -c SHA512 && id -nG clex"
    assert chroot(installed, add) == "clex wheel\n"
    assert "clex:$6$" in (installed / "etc/shadow").read_text()


def test_el_presets_enable_ssh_and_time_and_nothing_that_a_site_turns_on(installed: Path) -> None:
    units = ("sshd", "chronyd", "nginx", "haproxy", "keepalived", "docker-distribution")
    states = chroot(installed, f"systemctl is-enabled {' '.join(units)} || :").split()
    assert states == ["enabled"] * 2 + ["disabled"] * 4
