import pytest

from airlock_core.digest import Digest
from airlock_core.errors import InputError
from airlock_core.imageref import ImageRef

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.25", "docker.io/library/nginx:1.25"),
        ("docker.io/nginx", "docker.io/library/nginx:latest"),
        ("kolla/nova", "docker.io/kolla/nova:latest"),
        ("quay.io/calico/node:v3", "quay.io/calico/node:v3"),
        ("localhost/a", "localhost/a:latest"),
        ("host:5000/a/b:1", "host:5000/a/b:1"),
        (f"quay.io/a/b@{DIGEST}", f"quay.io/a/b@{DIGEST}"),
        (f"quay.io/a/b:1@{DIGEST}", f"quay.io/a/b:1@{DIGEST}"),
    ],
)
def test_names_are_completed_as_clients_do(text: str, full: str) -> None:
    assert str(ImageRef.parse(text)) == full


@pytest.mark.parametrize(
    "text", ["", "UPPER", "a b", "host/", "host/a:", "a:b:c", "quay.io/a@sha256:1", "a/../b", "-a"]
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        ImageRef.parse(text)


def test_pinning_drops_the_tag() -> None:
    pinned = ImageRef.parse("quay.io/a/b:1").at(Digest.parse(DIGEST))
    assert str(pinned) == f"quay.io/a/b@{DIGEST}"
