"""The synthetic repository's packages, as values and as bytes that our own reader takes."""

from itertools import islice

from airlock_core.signatures.openpgp import parse_signature
from airlock_core.signatures.rpmfile import parse_head
from tests.standin import keys
from tests.standin.run import EPOCH
from tests.standin.synthetic import graph
from tests.standin.synthetic.openpgp import Signer
from tests.standin.synthetic.package import Package
from tests.standin.synthetic.rpmfile import encoded

SEED = 9


def offered(package: Package) -> set[str]:
    """All that others may require of it, without versions."""
    return {package.name, *(one.name for one in package.provides), *(file.path for file in package.files)}


def test_there_are_as_many_packages_as_asked_for_and_no_two_of_one_name() -> None:
    for count in (graph.FOUNDATION, 100, 333):
        found = list(graph.packages(count, SEED))
        assert len({package.name for package in found}) == len(found) == count


def test_a_greater_number_begins_with_the_same_packages() -> None:
    assert list(islice(graph.packages(300, SEED), 100)) == list(graph.packages(100, SEED))


def test_another_seed_gives_another_distribution() -> None:
    assert {package.name for package in graph.packages(100, 1)} != {package.name for package in graph.packages(100, 2)}


def test_what_is_required_is_there() -> None:
    found = list(graph.packages(1000, SEED))
    everything = set().union(*(offered(package) for package in found))
    wanted = {one.name for package in found for one in package.requires}
    plain = {name for name in wanted if not name.startswith("(")}
    assert plain - everything == set()
    # libraries by soname, versions of them, files, conditions, packages: all kinds there are
    assert any(".so." in name and "_1." in name for name in plain)
    assert any(name.startswith("/") for name in plain)
    assert wanted != plain


def test_a_package_of_bytes_is_what_it_was_as_values() -> None:
    signer = Signer(keys.SECRET_KEY, EPOCH)
    for package in graph.packages(60, SEED):
        head = parse_head(encoded(package, signer.sign), where=package.name)
        assert (head.nevra.name, head.nevra.evr, head.nevra.arch) == (package.name, package.evr, package.arch)
        (packet,) = head.classic
        assert parse_signature(packet, where=package.name).issuer == keys.FINGERPRINT


def test_the_same_package_has_the_same_bytes() -> None:
    first, second = (
        [encoded(package, Signer(keys.SECRET_KEY, EPOCH).sign) for package in graph.packages(20, SEED)] for _ in "12"
    )
    assert first == second
