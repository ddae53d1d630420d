from collections.abc import Sequence
from typing import Any

import pytest
import yaml

from airlock_builder.stage import modules
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError
from airlock_core.locks.rpms import LockedRpm
from tests.unit.builder.lock.rpms.modules.documents import default, obsoletes, stream

ALL = stream("nginx", "1.14") + stream("nginx", "2.10") + stream("perl", "5.26") + default("nginx", "1.14")
NEW, OLD = "nginx:2.10:1:c1:x86_64", "nginx:1.14:1:c1:x86_64"


def rpm(nevra: str, module: str | None = None) -> LockedRpm:
    rest, _, arch = nevra.rpartition(".")
    name, version, release = rest.rsplit("-", 2)
    url = f"http://h/{nevra}.rpm"
    return LockedRpm(name, f"{version}-{release}", arch, url, "r", 1, Digest.sha256(nevra.encode()), module=module)


def restricted(
    *streams: str, text: str = ALL, packages: Sequence[LockedRpm] = (), required: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The documents for packages of some streams, as these list them, and for some more packages."""
    own = [rpm(f"{one.split(':')[0]}-{one.split(':')[1]}-1.x86_64", one) for one in streams]
    raw = modules.restricted([("http://h/modules.yaml", text.encode())], [*own, *packages], required)
    return list(yaml.load_all(raw, yaml.BaseLoader))


def test_a_carried_stream_is_the_only_one_and_the_default() -> None:
    found, told = restricted(NEW)
    assert found["data"]["stream"] == "2.10"
    assert told["data"] == {"module": "nginx", "stream": "2.10", "profiles": {"2.10": ["common"]}}


def test_default_profiles_are_the_repositorys_own_and_the_newest_word_counts() -> None:
    told = default("nginx", "1.14", "{'2.10': [server]}", 202001010000) + default("nginx", "1.14", "{'2.10': [x]}")
    assert restricted(NEW, text=ALL + told)[-1]["data"]["profiles"] == {"2.10": ["server"]}


def test_of_two_streams_the_upstreams_choice_is_the_default_or_none() -> None:
    assert restricted(NEW, OLD)[-1]["data"]["stream"] == "1.14"
    without = ALL.replace(default("nginx", "1.14"), "")
    assert "stream" not in restricted(NEW, OLD, text=without)[-1]["data"]


def test_a_stream_that_is_only_required_is_described_too() -> None:
    found = restricted(NEW, required=("perl:5.26:1:c1:x86_64",))
    assert [one["data"].get("name") or one["data"]["module"] for one in found] == ["nginx", "perl", "nginx", "perl"]


def test_words_on_the_end_of_carried_streams_are_kept_and_others_not() -> None:
    ends = [obsoletes("nginx", "2.10", "nginx:3"), obsoletes("nginx", "2.10", more="context: c1")]
    others = [obsoletes("nginx", "1.14"), obsoletes("nginx", "2.10", more="context: c9"), obsoletes("php", "2.10")]
    found = restricted(NEW, text=ALL + "".join([*ends, *others]))
    assert [one["document"] for one in found] == ["modulemd", *["modulemd-obsoletes"] * 2, "modulemd-defaults"]


def test_packages_that_their_streams_documents_do_not_list_come_in_as_a_build_beside() -> None:
    hotfix = rpm("nginx-1:3-1.noarch")
    _, added, _ = restricted(NEW, packages=[hotfix, rpm("nginx-extra-2-1.x86_64", NEW), rpm("bash-5-1.x86_64")])
    assert added["data"]["artifacts"]["rpms"] == ["nginx-1:3-1.noarch", "nginx-extra-0:2-1.x86_64"]
    assert {key: added["data"][key] for key in ("stream", "version", "context")} == {
        "stream": "2.10",
        "version": "2",
        "context": "c1",
    }


def test_without_modular_packages_there_is_no_document() -> None:
    assert restricted() == []


def test_a_locked_stream_that_nothing_describes_is_named() -> None:
    with pytest.raises(VerificationError) as caught:
        restricted("nginx:9:1:c1:x86_64")
    assert caught.value.where == "nginx:9:1:c1:x86_64"


@pytest.mark.parametrize("raw", [b"\xff", b"---\na: [\n"])
def test_what_is_no_yaml_is_refused(raw: bytes) -> None:
    with pytest.raises(VerificationError):
        modules.restricted([("u", raw)], [rpm("a-1-1.noarch", "a:b:1:d:e")])
