import pytest

from airlock_core.errors import InputError
from airlock_core.nevra import Nevra


@pytest.mark.parametrize(
    "text",
    [
        "bash-4.4.20-4.el8_6.x86_64",
        "nginx-1:1.20.1-1.module+el8.8.0+1+a.x86_64",
        "java-1.8.0-openjdk-1:1.8.0.362-1.el8.x86_64",
        "gcc-c++-8.5.0-1.el8.x86_64",
    ],
)
def test_a_package_is_written_as_it_was_read(text: str) -> None:
    assert str(Nevra.parse(text)) == text


def test_a_zero_epoch_is_not_written() -> None:
    assert Nevra.of("bash", "0:4.4-1", "x86_64").evr == "4.4-1"


def test_the_file_name_has_no_epoch() -> None:
    assert Nevra.parse("nginx-1:1.20.1-1.x86_64").filename == "nginx-1.20.1-1.x86_64.rpm"


@pytest.mark.parametrize(
    "text",
    ["", "bash", "bash-4.4.x86_64", "bash-4.4-1", "ba sh-1-1.noarch", "a-x:1-1.noarch", f"a-{'9' * 5000}:1-1.noarch"],
)
def test_what_is_no_package_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Nevra.parse(text)
