"""A deployer's own commands as the guide types them, up to its nodes; then doctor and support-bundle."""

import json

import pytest

from tests.site.node import Node

pytestmark = pytest.mark.site

HOME = "cd /home/clex/burrito-*/"
CANARIES = ("cAnary-1", "cAnary-2", "cAnary-3")


@pytest.fixture(scope="module", autouse=True)
def unpacked(deployer: Node) -> None:
    """The installer's archive in the user's home, as the guide unpacks it."""
    deployer.check("cd /home/clex && tar xzf /run/airlock/media/burrito-*.tar.gz --no-same-owner && chown -R clex: .")


def test_appliance_was_prepared_by_its_first_boot(deployer: Node) -> None:
    assert deployer.check("airlock-site prepare").startswith("nothing new: /home/clex/burrito-")


def test_prepare_sh_asks_for_the_interface_again_where_there_is_none_and_serves(deployer: Node) -> None:
    done = deployer.run(f"{HOME} && printf 'eth9\\neth1\\n' | ./prepare.sh offline", 300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Enter management network interface name: ") == 2
    assert "there is no interface eth9; there are: eth1" in done.stderr
    assert "registry  https://192.168.21.101:5000" in done.stdout
    again = deployer.check(f"{HOME} && ./prepare.sh offline eth1", 300)
    assert "nothing new: " in again
    assert "nothing changed: all was there and runs" in again


def test_vault_is_read_by_ansible_s_own_program_and_by_root_alone(deployer: Node) -> None:
    lines = "\\n".join(
        f"{name}={text}" for name, text in zip(("ssh", "sudo", "openstack-admin"), CANARIES, strict=True)
    )
    done = deployer.check(f"{HOME} && printf '{lines}\\n' | ./run.sh vault --stdin")
    assert done == "Encryption successful\n"
    view = "/opt/airlock/venv/bin/ansible-vault view --vault-password-file /etc/airlock/vault.key"
    assert "cAnary-1" in deployer.check(f"{HOME} && {view} group_vars/all/vault.yml")
    assert deployer.check("stat -c '%U %a' /etc/airlock/vault.key") == "root 600\n"
    assert deployer.check(f"{HOME} && stat -c '%U %a' group_vars/all/vault.yml") == "clex 600\n"


def test_ping_tells_this_node_on_a_line(deployer: Node) -> None:
    line = deployer.check(f"{HOME} && ./run.sh ping")
    assert line.split()[:3] == ["control1", "here", "SUCCESS"]


def test_doctor_finds_no_error_and_then_the_blob_that_rotted_until_it_is_mended(deployer: Node) -> None:
    sound = json.loads(deployer.check("airlock-site doctor --json"))
    assert [one for one in sound["findings"] if one["severity"] == "error"] == []
    blob = deployer.check("find /var/lib/airlock/registry -name data | sort | head -n 1").strip()
    deployer.check(f"printf x | dd of={blob} bs=1 conv=notrunc status=none")
    done = deployer.run("airlock-site doctor")
    assert done.returncode == 9
    assert f"ERROR    registry: {blob}: the blob sha256:" in done.stdout
    assert "do:  airlock-site serve up --deep" in done.stdout
    deployer.check("airlock-site serve up --deep", 300)
    deployer.check("airlock-site doctor")


def test_bundle_is_written_for_root_alone_and_holds_no_password(deployer: Node) -> None:
    deployer.check("cd /root && airlock-site support-bundle --yes -o b.tar.gz && tar xzf b.tar.gz", 300)
    assert deployer.check("stat -c %a /root/b.tar.gz") == "600\n"
    assert deployer.run("grep -r cAnary /root/b").returncode == 1
    deployer.check("test -s /root/b/journal/services.txt")
    assert "airlock-registry.service" in deployer.check("cat /root/b/journal/airlock.txt /root/b/machine/units.txt")


def test_folder_of_another_airlock_gets_a_python_environment_of_its_own(deployer: Node) -> None:
    deployer.check(
        "mkdir /root/other && tar xzf /run/airlock/media/burrito-*.tar.gz -C /root/other --strip-components=1"
    )
    deployer.check("echo other >> /root/other/VERSION")
    done = deployer.run("cd /root/other && ./prepare.sh offline eth1", 590)
    assert done.returncode == 0, done.stderr
    assert "making  the Python environment of airlock-site" in done.stdout
    assert deployer.check("head -n 1 /root/other/venv/bin/ansible-vault") == "#!/root/other/venv/bin/python\n"
    assert deployer.check("cd /root/other && ./run.sh vault --list").split() == [
        *("ssh", "lacks", "sudo", "lacks", "openstack-admin", "lacks")
    ]
    again = deployer.check("cd /root/other && ./prepare.sh offline eth1", 300)
    assert "making " not in again
    deployer.check(f"{HOME} && ./prepare.sh offline eth1", 300)
