"""A deployer installed from the medium serves it, and preflight passes its gate."""

import json
import re
import shutil

import pytest

from tests.site.node import ADDRESS, Node
from tests.standin.run import run

pytestmark = pytest.mark.site
REPO, OTHER = "/etc/yum.repos.d/other.repo", "[other]\\nname=o\\nbaseurl=http://192.0.2.1/\\n"
ELSEWHERE = "/etc/distro.repos.d"
"""Where dnf looks for repos, too (dnf.conf(5), "reposdir"), and nobody else does."""


def test_units_are_active(deployer: Node) -> None:
    units = "airlock-media airlock-registry airlock-repo airlock-serve airlock-prepare airlock-console"
    assert deployer.check(f"systemctl is-active {units}").split() == ["active"] * 6


def test_medium_is_mounted_read_only_and_verified(deployer: Node) -> None:
    status = json.loads(deployer.check("airlock-site media status --json"))
    assert status["verified"] is True
    assert deployer.run("touch /run/airlock/media/x").returncode != 0


def test_registry_holds_what_images_lock_names(deployer: Node) -> None:
    status = json.loads(deployer.check("airlock-site serve status --json"))
    assert status["images"] == {"locked": 3, "attached": 0, "lacking": [], "damaged": [], "surplus": [], "deep": False}


def test_image_is_pulled_by_digest_over_tls(deployer: Node) -> None:
    lock = deployer.check("cat /run/airlock/media/release/locks/images.lock")
    digests = [line.split("@")[1] for line in lock.splitlines() if "image: " in line and "demo/web" in line]
    deployer.check(
        f"skopeo copy -q --all --preserve-digests docker://localhost:5000/demo/web@{digests[0]} dir:/tmp/web"
    )
    assert deployer.check("sha256sum /tmp/web/manifest.json").split()[0] == digests[0].removeprefix("sha256:")


def test_push_without_the_password_is_refused(deployer: Node) -> None:
    url = "https://localhost:5000/v2/demo/new/blobs/uploads/"
    curl = "curl -s --cacert /etc/airlock/pki/ca.crt -o /dev/null -w '%{http_code}' -X POST"
    assert deployer.check(f"{curl} {url}") == "401"
    login = '-u "airlock:$(cat /etc/airlock/registry.password)"'
    assert deployer.check(f"{curl} {login} {url}") == "405"


def test_kickstarts_are_not_served(deployer: Node) -> None:
    url = f"http://{ADDRESS}:8001/ks/deployer.ks"
    assert deployer.check(f"curl -s -o /dev/null -w '%{{http_code}}' {url}") == "404"


def test_dnf_installs_from_the_local_repo_alone(deployer: Node) -> None:
    repos = deployer.check("dnf -q repolist --enabled").splitlines()[1:]
    assert [line.split()[0] for line in repos] == ["burrito"]
    deployer.check("dnf -y -q install tree && tree --version", 180)


def test_dnf_refuses_a_package_of_the_repo_whose_signature_was_taken_off(deployer: Node) -> None:
    deployer.check("mkdir /root/unsigned && cp /run/airlock/media/BaseOS/Packages/t/tree-*.rpm /root/unsigned")
    folder = deployer.path / "root/unsigned"
    (package,) = folder.iterdir()
    run("rpmsign", "--delsign", package)
    run("createrepo_c", "-q", folder)
    deployer.check("dnf -y -q remove tree", 180)
    there = "--setopt=burrito.baseurl=file:///root/unsigned --disablerepo=* --enablerepo=burrito"
    done = deployer.run(f"dnf -y {there} install tree; rpm -q tree", 180)
    shutil.rmtree(folder)
    deployer.check("dnf -q clean all")
    assert f"Package {package.name} is not signed" in done.stderr
    assert "package tree is not installed" in done.stdout


def test_preflight_switches_other_repos_off_passes_its_gate_and_changes_nothing_the_second_time(deployer: Node) -> None:
    deployer.check(f"printf '{OTHER}enabled = On\\n{OTHER.replace('other', 'unsaid')}' > {REPO}")
    deployer.check("airlock-site run preflight", 300)
    assert "changed=0" in deployer.check("airlock-site run preflight", 300)
    steps = json.loads(deployer.check("airlock-site status --json"))["steps"]
    assert steps["preflight"]["state"] == "committed"
    assert re.search(r"gate passed on 1 node\s*$", deployer.check("airlock-site status"), re.MULTILINE)


def test_server_of_time_that_never_answers_is_named_and_a_dry_run_does_not_wait_for_it(deployer: Node) -> None:
    folder = json.loads(deployer.check("cat /etc/airlock/appliance.json"))["site"]
    deployer.check(
        f"cp {folder}/vars.yml /root/vars && sed -i 's/^ntp_servers:.*/ntp_servers: [192.0.2.7]/' {folder}/vars.yml"
    )
    dry = deployer.run("airlock-site run preflight --check", 300)
    done = deployer.run("airlock-site run preflight -- -e time_sync_patience=2", 300)
    deployer.check(f"cp /root/vars {folder}/vars.yml")
    deployer.check("airlock-site install --until preflight", 300)
    assert (dry.returncode, done.returncode) == (0, 8), dry.stderr
    assert "+server 192.0.2.7 iburst" in dry.stdout
    assert "chronyd asks 192.0.2.7 (which never answered). Can their UDP port 123 be reached" in done.stderr


def test_gate_names_node_and_finding_when_another_repo_is_there_and_passes_when_it_is_gone(deployer: Node) -> None:
    deployer.check(f"mkdir {ELSEWHERE} && printf '{OTHER}' > {ELSEWHERE}/other.repo")
    done = deployer.run("airlock-site run preflight", 300)
    deployer.check(f"rm -r {ELSEWHERE}")
    assert done.returncode == 9, done.stderr
    assert "control1: dnf repolist: expected burrito alone, found burrito, other" in done.stderr
    deployer.check("airlock-site install --until preflight", 300)


def test_serve_up_changes_nothing_the_second_time(deployer: Node) -> None:
    again = json.loads(deployer.check("airlock-site serve up --json"))
    assert again["started"] == []
    assert again["loaded"]["written"] == 0
    assert again["changed"] is False


def test_serve_up_names_who_took_the_port(deployer: Node) -> None:
    deployer.check("airlock-site serve down")
    thief = "systemd-run --quiet --unit=thief python3 -m http.server 5000"
    deployer.check(f"{thief}; until ss -Htln | grep -q :5000; do sleep 0.1; done")
    done = deployer.run("airlock-site serve up")
    deployer.check("systemctl stop thief; airlock-site serve up")
    assert done.returncode == 6
    assert "TCP port 5000 is taken by" in done.stderr
    assert "http.server 5000" in done.stderr


def test_install_says_which_steps_are_not_there(deployer: Node) -> None:
    done = deployer.run("airlock-site install")
    assert done.returncode == 2
    assert "does not have: k8s, patch, registry, burrito" in done.stderr
