"""The inventory is read as Ansible reads it; what Ansible would misread silently is a fault with its line."""

from pathlib import Path

import pytest

from airlock_core.errors import AirlockError, Faults, InputError
from airlock_installer.site import inventory, patterns


def _load(tmp_path: Path, text: str | bytes) -> inventory.Inventory:
    path = tmp_path / "hosts"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return inventory.load(path)


def _faults(tmp_path: Path, text: str | bytes) -> list[AirlockError]:
    with pytest.raises((InputError, Faults)) as caught:
        _load(tmp_path, text)
    error = caught.value
    return list(error.faults) if isinstance(error, Faults) else [error]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("one", "one"),
        ("storage[1:3]", "storage1 storage2 storage3"),
        ("n[08:10].x", "n08.x n09.x n10.x"),
        ("n[1:7:3]", "n1 n4 n7"),
        ("n[:2]", "n0 n1 n2"),
        ("db-[a:c]", "db-a db-b db-c"),
        ("db[y:B]", "dby dbz dbA dbB"),
        ("db[a:e:2]", "dba dbc dbe"),
        ("r[1:2]n[a:b]", "r1na r1nb r2na r2nb"),
        ("10.0.0.[9:10]", "10.0.0.9 10.0.0.10"),
    ],
)
def test_ranges_expand(pattern: str, names: str) -> None:
    assert patterns.expand(pattern) == (tuple(names.split()), None)


def test_a_port_is_that_of_all_names_of_the_range() -> None:
    assert patterns.expand("n[1:2]:2222") == (("n1", "n2"), 2222)


@pytest.mark.parametrize(
    "pattern",
    [
        "n[3:1]",
        "n[c:a]",
        "n[1]",
        "n[1:3",
        "n1:3]",
        "n[08:100]",
        "n[1:3:0]",
        "n[1:9:-1]",
        "n[1:2:3:4]",
        "n[aa:bb]",
        "n[1:99999]",
        "n[1:999][1:999]",
        "n[:2]:22",
        "n:0",
        "n:65536",
        "n[1:2]-",
        "-n",
        "n:",
        "n:x",
        "fe80::1",
        "\ufeffn",
        "",
    ],
)
def test_what_is_no_range_and_no_host_is_refused(pattern: str) -> None:
    with pytest.raises(InputError):
        patterns.expand(pattern)


def test_variables_of_groups_are_those_of_their_hosts_the_nearer_ones_win(tmp_path: Path) -> None:
    text = """\
n1 a=own
n2
[parents:children]
ours
[ours]
n1
n2
[all:vars]
a = all
b = all
c = all
[parents:vars]
b = parents
c = parents
[ours:vars]
c = [1, 2]   # a list
d = some text # and all of this
"""
    found = _load(tmp_path, text)
    assert found.hosts["n1"] == {"a": "own", "b": "parents", "c": [1, 2], "d": "some text # and all of this"}
    assert found.hosts["n2"]["a"] == "all"
    assert found.members("parents") == ("n1", "n2")
    assert [found.line("n1", key) for key in ("a", "b", "c")] == [1, 13, 16]


def test_of_groups_of_one_depth_the_later_name_wins_and_a_priority_wins_over_names(tmp_path: Path) -> None:
    text = "[a]\nn\n[b]\nn\n[a:vars]\nx=1\ny=1\n[b:vars]\nx=2\n"
    assert _load(tmp_path, text).hosts["n"] == {"x": 2, "y": 1}
    assert _load(tmp_path, text + "[a:vars]\nansible_group_priority=5\n").hosts["n"]["x"] == 1


def test_quotes_and_comments_are_those_of_a_shell(tmp_path: Path) -> None:
    found = _load(tmp_path, "n1 a='b c' d=\"e=f\" g=1.5 h=True i=yes j={} # the first\n; none\n# none\nn2#no\n")
    assert found.hosts["n1"] == {"a": "b c", "d": "e=f", "g": 1.5, "h": True, "i": "yes", "j": {}}
    assert list(found.hosts) == ["n1", "n2"]


def test_comments_may_be_in_another_encoding_and_hosts_may_not(tmp_path: Path) -> None:
    assert list(_load(tmp_path, b"# \xb0\xa1\nn1\n").hosts) == ["n1"]
    assert [fault.where[-2:] for fault in _faults(tmp_path, b"n1\nn2 a=\xb0\xa1\n")] == [":2"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("n1 ip=1.2.3.4 stray\n", 1, "not a variable of n1: 'stray'"),
        ("n1 ip = 1.2.3.4\n", 1, "not a variable of n1: 'ip'"),
        ("n1\n[mons\n", 2, "not a range"),
        ("n1\n[my mons]\n", 2, "not a group: '[my mons]'"),
        ("n1\n[mons:hosts:x]\n", 2, "not a group"),
        ("n1\n[mons:child]\nn1\n", 2, "not a kind of section: mons:child"),
        ("n1 a='b\n", 1, "cannot be read"),
        ("[a:children]\nb\n", 2, "a has a group among its children that there is not: b"),
        ("[a:vars]\nx=1\n", 1, "variables of a group that there is not: a"),
        ("[a]\n[a:vars]\nx\n", 3, "not a variable of a: 'x'"),
        ("[a:children]\nb\n[b:children]\na\n", 4, "a would belong to itself"),
        ("[a:children]\na\n", 2, "a would belong to itself"),
        ("[a:children]\nall\n", 2, "all cannot belong to a group"),
        ("[a:children]\nb x=1\n[b]\n", 2, "not the name of a group"),
        ("n1\nn1:22\n", 2, "the port of n1 comes too late"),
        ("\ufeffn1\n", 1, "byte order mark"),
        ("n1\nn2 a=\0\n", 2, "not UTF-8"),
        ("n1 ansible_port=abc\n", 1, "not a port: 'abc'"),
        ("n1\n[all:vars]\nansible_port=0\n", 3, "not a port: '0'"),
        ("[a]\n[a:vars]\nansible_group_priority=high\n", 3, "expected a whole number"),
        ("n1 x=b'raw'\nn2 \"x={1,2}\"\n", 2, "no text, number, list or mapping"),
    ],
)
def test_faults_of_lines_are_named_with_them(tmp_path: Path, text: str, line: int, words: str) -> None:
    fault = _faults(tmp_path, text)[0]
    assert fault.where == f"{tmp_path}/hosts:{line}"
    assert words in fault.what


@pytest.mark.parametrize(
    "line", ["n1 ansible_password=my planted", "n1 ansible_password='planted", "[a:vars]\nansible_ssh_pass planted"]
)
def test_nothing_is_shown_of_a_line_that_speaks_of_a_password(tmp_path: Path, line: str) -> None:
    faults = _faults(tmp_path, f"[a]\n{line}\n")
    assert "planted" not in "".join(str(fault) for fault in faults)
    assert "airlock-site vault" in faults[0].todo


def test_a_file_in_utf_16_is_one_fault(tmp_path: Path) -> None:
    assert len(_faults(tmp_path, "n1\nn2\nn3\n".encode("utf-16"))) == 1


def test_a_port_may_stand_in_quotes(tmp_path: Path) -> None:
    assert _load(tmp_path, "n1 ansible_port='2222'\n").hosts["n1"] == {"ansible_port": 2222}


def test_all_faults_are_told_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    faults = _faults(tmp_path, "[a:children]\nb\n[c]\nn[3:1]\nn1 x\n")
    assert [fault.where.rpartition(":")[2] for fault in faults] == ["2", "4", "5"]


def test_a_file_that_is_not_there_says_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="airlock-site prepare"):
        inventory.load(tmp_path / "hosts")
