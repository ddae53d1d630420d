"""What pip is told and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_builder.remote.index import PackageIndex, Target, Wheel, explained
from airlock_builder.remote.mirrors import Mirrors
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, InputError, UpstreamError

EL8 = Target("3.11", 8, "x86_64")
HEX = "0" * 64


def explain(text: str) -> AirlockError:
    return explained(text, [Path("/r.txt")], EL8, "https://index.test/simple")


def test_the_platforms_are_those_that_the_c_library_can_run_newest_first() -> None:
    tags = EL8.platforms
    assert tags[0] == "manylinux_2_28_x86_64"
    assert tags[-2:] == ["manylinux_2_5_x86_64", "manylinux1_x86_64"]
    assert "manylinux2014_x86_64" in tags
    assert Target("3.12", 9, "aarch64").platforms[0] == "manylinux_2_34_aarch64"


def test_the_options_name_python_and_its_binary_interfaces() -> None:
    words = " ".join(EL8.options)
    assert words.startswith("--python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none --platform")


def test_a_report_comes_to_wheels_by_the_hosts_that_locks_name() -> None:
    index = PackageIndex(Mirrors({"index.test": "127.0.0.1:80"}))
    hashed = {"url": "http://127.0.0.1:80/p/b-1-py3-none-any.whl", "archive_info": {"hashes": {"sha256": HEX}}}
    plain = {"url": "https://files.test/a-1-py3-none-any.whl#egg", "archive_info": {}}
    report = {"install": [{"download_info": hashed}, {"download_info": plain}]}
    assert index.read_report(report, "https://index.test/simple") == [
        Wheel("a-1-py3-none-any.whl", "https://files.test/a-1-py3-none-any.whl", None),
        Wheel("b-1-py3-none-any.whl", "https://index.test/p/b-1-py3-none-any.whl", Digest("sha256", HEX)),
    ]


def test_a_requirement_without_a_wheel_is_named_with_the_versions_that_have_one() -> None:
    error = explain(
        "ERROR: Could not find a version that satisfies the requirement a==3 (from versions: 1.0, 2.0)\n"
        "ERROR: No matching distribution found for a==3\n"
    )
    assert isinstance(error, InputError)
    assert error.what == "no wheel for a==3 on Python 3.11, EL 8, x86_64"
    assert error.why == "versions with such a wheel: 1.0, 2.0"


def test_a_contradiction_is_told_in_pips_words() -> None:
    error = explain("INFO:\n\nThe conflict is caused by:\n    a 1 depends on b<1\n    The user requested b>1\n\nmore\n")
    assert error.why == "a 1 depends on b<1; The user requested b>1"


@pytest.mark.parametrize("text", ["WARNING: Retrying (Retry(total=1))", "Could not fetch URL https://index.test"])
def test_an_unreachable_index_is_an_error_of_the_upstream(text: str) -> None:
    assert isinstance(explain(f"{text}\nERROR: No matching distribution found for a"), UpstreamError)
