"""What skopeo is told and what it says."""

from __future__ import annotations

import pytest

from airlock_builder.remote.registry import explained
from airlock_builder.remote.skopeo import Location, registries_conf
from airlock_core.errors import AirlockError, ExitCode, MachineError, UpstreamError, VerificationError
from airlock_core.imageref import ImageRef

REF = ImageRef.parse("quay.io/a/b:1")


def explain(message: str) -> AirlockError:
    return explained(REF, "mirror.lan", f'time="2026-01-01T00:00:00Z" level=fatal msg="{message}"\n')


def test_hosts_are_located_for_skopeo_and_no_other_configuration_counts() -> None:
    assert registries_conf([Location("quay.io", "127.0.0.1:5", insecure=True)]) == (
        'unqualified-search-registries = []\n\n[[registry]]\nprefix = "quay.io"\nlocation = "127.0.0.1:5"\n'
        "insecure = true\n"
    )


@pytest.mark.parametrize(
    ("message", "todo"),
    [
        ("reading manifest 1 in x/a/b: manifest unknown", "correct its name and tag or version"),
        ("invalid status code from registry 404 (Not Found)", "correct its name and tag or version"),
        ("unable to retrieve auth token: invalid username/password: unauthorized", "run `skopeo login mirror.lan`"),
        ("x509: certificate signed by unknown authority", "SSL_CERT_FILE"),
        ("http: server gave HTTP response to HTTPS client", "images.insecure"),
        ("dial tcp: lookup x: no such host", "run again"),
    ],
)
def test_a_failure_names_image_mirror_and_remedy(message: str, todo: str) -> None:
    error = explain(message)
    assert isinstance(error, UpstreamError)
    assert error.where == "quay.io/a/b:1"
    assert error.why == f"{message} (mirror mirror.lan)"
    assert todo in error.todo


def test_other_bytes_are_a_failed_verification_with_both_digests() -> None:
    error = explain("writing blob: happened during read: Digest did not match, expected sha256:aa, got sha256:bb")
    assert isinstance(error, VerificationError)
    assert error.exit_code == ExitCode.VERIFICATION
    assert error.what == "a blob of other bytes: expected sha256:aa, found sha256:bb"
    assert error.where == "quay.io/a/b:1 (mirror.lan)"


def test_a_full_disk_is_the_machines_fault() -> None:
    assert isinstance(explain("write /x: no space left on device"), MachineError)


def test_what_skopeo_says_twice_is_told_once() -> None:
    prefix = 'Error parsing image name "docker://quay.io/a/b:1": '
    why = explain(f"{prefix}reading manifest 1 in x/a/b: manifest unknown: manifest unknown").why
    assert why == "reading manifest 1 in x/a/b: manifest unknown (mirror mirror.lan)"
