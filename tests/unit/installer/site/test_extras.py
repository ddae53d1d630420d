"""Files of one's own below ``group_vars`` and ``host_vars`` are found as Ansible finds them, and judged."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader

from airlock_installer.site import extras, inventory
from tests.unit.installer.site.made import guide, told

LOCKED = "!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3031\n"
PLAIN = "stands here in plain"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return guide(tmp_path)


def _write(site: Path, name: str, text: str | bytes = "region: north\n") -> None:
    path = site / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(
    "name",
    [
        "group_vars/all/mine.yml",
        "group_vars/all/my_vars.yml",
        "group_vars/all/powerstore_vars.yml",
        "group_vars/all/deep/mine",
        "group_vars/osds.yaml",
        "group_vars/nobody_s.yml",
        "group_vars/README",
        "group_vars/.git/config",
        "host_vars/storage1",
        "host_vars/storage1/one.yml",
        "host_vars/storage1.json",
    ],
)
def test_what_no_file_of_ours_says_may_stand_in_any(site: Path, name: str) -> None:
    _write(site, name, '{"region": "north", "ansible_become_password": "{{ vault_sudo_password }}"}')
    assert told(site) == []


@pytest.mark.parametrize(
    "name",
    [
        "group_vars/all/mine",
        "group_vars/all/mine.yml",
        "group_vars/all/mine.yaml",
        "group_vars/all/mine.json",
        "group_vars/all/deep/mine.yml",
        "group_vars/osds.yml",
        "group_vars/osds/mine.yml",
        "group_vars/nobody_s.yml",
        "host_vars/storage1",
        "host_vars/storage1.yml",
        "host_vars/storage1.yaml",
        "host_vars/storage1.json",
        "host_vars/storage1/mine.yml",
    ],
)
def test_what_our_files_are_there_for_and_passwords_are_faults_in_every_file_that_ansible_reads(
    site: Path, name: str
) -> None:
    lines = ['"region": "north",', '"ip": "192.168.21.116",', '"ansible_password": "hunter2",', '"ha_level": "vivace"']
    _write(site, name, "{\n" + "\n".join(lines) + "\n}\n")
    assert told(site) == [
        f"{name}:3: ip: it belongs in hosts",
        f"{name}:5: ha_level: it belongs in vars.yml",
        f"{name}:4: ansible_password {PLAIN}",
    ]


@pytest.mark.parametrize("key", ["ansible_user", "ansible_host", "ansible_connection", "monitor_address"])
def test_how_a_node_is_reached_stands_in_hosts_alone(site: Path, key: str) -> None:
    _write(site, "host_vars/storage1.yml", f"{key}: x\n")
    assert told(site) == [f"host_vars/storage1.yml:1: {key}: it belongs in hosts"]


@pytest.mark.parametrize(
    "key",
    ["ansible_password", "ansible_ssh_pass", "ansible_become_password", "ansible_become_pass", "vault_ssh_password"],
)
def test_a_password_is_found_by_any_name_and_is_not_shown(site: Path, key: str) -> None:
    _write(site, "group_vars/all/mine.yml", f"region: north\n{key}: hunter2\n")
    assert told(site) == [f"group_vars/all/mine.yml:2: {key} {PLAIN}"]


def test_a_password_is_found_as_deep_as_it_stands(site: Path) -> None:
    text = "arrays:\n  - name: one\n    admin_password: 12345\nold_passwords:\n  - {of: hunter2}\n"
    _write(site, "host_vars/storage1.yml", text)
    assert told(site) == [
        f"host_vars/storage1.yml:3: arrays[0].admin_password {PLAIN}",
        f"host_vars/storage1.yml:5: old_passwords[0].of {PLAIN}",
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"admin_password: {LOCKED}",
        '{"admin_password": {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256\\n3031\\n"}}',
        "$ANSIBLE_VAULT;1.1;AES256\n3031\n",
        'admin_password: "{{ vault_admin_password }}"\nask_password: true\nno_password:\n',
    ],
)
def test_what_is_encrypted_or_leads_to_the_vault_is_no_password_in_plain(site: Path, text: str) -> None:
    _write(site, "group_vars/all/mine.yml", text)
    assert told(site) == []


def test_what_stands_beside_an_encrypted_value_is_judged(site: Path) -> None:
    _write(site, "group_vars/all/mine.yml", f"one: {LOCKED}ansible_become_password: hunter2\nha_level: vivace\n")
    assert told(site) == [
        "group_vars/all/mine.yml:5: ha_level: it belongs in vars.yml",
        f"group_vars/all/mine.yml:4: ansible_become_password {PLAIN}",
    ]


def test_files_that_are_meant_for_one_of_ours_or_for_nobody_are_told(site: Path) -> None:
    for name in ("group_vars/all/netap_vars.yml", "group_vars/osd/mine.yml", "host_vars/storag1", "host_vars/gone.yml"):
        _write(site, name)
    assert told(site) == [
        "group_vars/all/netap_vars.yml: a file that nothing here reads",
        "group_vars/osd: there is no group osd in hosts: Ansible reads this for nobody",
        "host_vars/storag1: there is no node storag1 in hosts: Ansible reads this for nobody",
        "host_vars/gone.yml: there is no node gone in hosts: Ansible reads this for nobody",
    ]


def test_a_file_that_another_of_its_name_hides_from_ansible_is_told(site: Path) -> None:
    for name in ("group_vars/all.yml", "host_vars/storage1.yaml", "host_vars/storage1.yml"):
        _write(site, name)
    assert told(site) == [
        "group_vars/all.yml: Ansible does not read it, since there is all",
        "host_vars/storage1.yaml: Ansible does not read it, since there is storage1.yml",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a: [1\n", ":2: did not find expected"),
        (b"a: 1\na: 2\n", ":2: the key 'a' stands twice"),
        (b"a: &x 1\n", ":1: anchors and aliases"),
        (b"- a\n", ":1: must hold keys and values"),
        (b"a: 1\nb: \xff\n", ":2: not UTF-8"),
        (b"# \xc3\xa9\na: \0\n", ":2: a character that YAML does not take"),
        (b"a: !unsafe b\n", ":1: the tag '!unsafe' is not allowed"),
    ],
)
def test_files_of_one_s_own_are_strict_yaml_too(site: Path, text: bytes, words: str) -> None:
    _write(site, "host_vars/storage1.yml", text)
    assert [fault.startswith(f"host_vars/storage1.yml{words}") for fault in told(site)] == [True], told(site)


def test_a_folder_that_cannot_be_listed_is_a_fault(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = site / "host_vars"
    folder.mkdir()
    real = Path.iterdir

    def refuse(path: Path) -> object:
        if path == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert told(site) == ["host_vars: cannot be read"]


def test_files_are_judged_where_hosts_cannot_be_read(site: Path) -> None:
    (site / "hosts").write_text("[mons\n")
    _write(site, "host_vars/storage1.yml", "ansible_password: hunter2\n")
    assert f"host_vars/storage1.yml:1: ansible_password {PLAIN}" in told(site)


def test_ansible_itself_finds_the_files_that_are_judged(site: Path) -> None:
    names = ("a", "a.yml", "b.yaml", "c.json", "d.txt", "e~", ".f.yml", "g/h.yml", "i.yml/j.yml", "k.d/l", "m/n.d/o")
    for name in names:
        _write(site, f"host_vars/storage1/{name}")
    _write(site, "host_vars/storage2.yaml")
    for path in (site / "host_vars").rglob("*"):
        if path.is_file():
            path.write_text("ip: 192.168.21.9\n")
    judged = {Path(fault.where.rpartition(":")[0]) for fault in extras.faults(site, inventory.load(site / "hosts"))}
    found = [DataLoader().find_vars_files(str(site / "host_vars"), name) for name in ("storage1", "storage2")]
    theirs = {Path(str(path, "utf-8") if isinstance(path, bytes) else path) for paths in found for path in paths}
    assert judged == theirs
