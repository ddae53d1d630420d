"""gpg's listing of keys."""

from __future__ import annotations

from airlock_core.signatures import Key
from airlock_core.signatures.keys import parse_listing

FIRST, SUB = "DE15B14486CD377B9E876E1A234654DA9A296436", "33D67C3349902975F4075C540B8587D62A9BD8A2"
SECOND, BELOW = "F3287F78A6AE5FF8E0F1D5CCF83BDF4454283B67", "43D67C3349902975F4075C541B8587D62A9BD8A2"
LISTING = f"""tru::1:1795225360:0:3:1:5
pub:e:2048:1:234654DA9A296436:1661444471:1730564471::-:::sc::::::23::0:
fpr:::::::::{FIRST}:
uid:e::::1661444471::F46193FF99DBC56573C3B95949D205BA06FEF67C::isv\\x3ak8s <k@test>::::::::::0:
sig:!::1:234654DA9A296436:1661444471::::isv\\x3ak8s <k@test>:13x::{FIRST}:::8:
sig:?::1:CF0B928CDED64F3B:1661444471:::::13x:::::2:
sub:e:4096:1:0B8587D62A9BD8A2:1741473480:1800000000:::::s::::::23:
fpr:::::::::{SUB}:
sig:!::1:234654DA9A296436:1741473480::::isv\\x3ak8s <k@test>:18x::{FIRST}:::2:
pub:r:4096:1:F83BDF4454283B67:1741473480:::-:::scESC::::::23::0:
fpr:::::::::{SECOND}:
rev:!::1:F83BDF4454283B67:1751473480::::two:20x,REASON::{SECOND}:::8:
uid:r::::1741473480::F46193FF99DBC56573C3B95949D205BA06FEF67D::two::::::::::0:
sig:!::1:F83BDF4454283B67:1741473480::::two:13x::{SECOND}:::2:
sig:!::1:234654DA9A296436:1741473480::::isv\\x3ak8s <k@test>:13x::{FIRST}:::8:
sub:r:4096:1:1B8587D62A9BD8A2:1741473480::::::e::::::23:
fpr:::::::::{BELOW}:
sig:!::1:F83BDF4454283B67:1741473480::::two:18x::{SECOND}:::8:
"""


def listed(reason: str) -> dict[str, Key]:
    return {key.fingerprint: key for key in parse_listing(LISTING.replace("REASON", reason))}


def test_a_subkey_is_worth_no_more_than_its_primary_key() -> None:
    owner = "isv:k8s <k@test>"
    assert list(listed("02").values()) == [
        Key(FIRST, FIRST, 1, 2048, 1661444471, 1730564471, owner=owner),
        Key(SUB, FIRST, 1, 4096, 1741473480, 1730564471, owner=owner, weakly_bound=True),
        Key(SECOND, SECOND, 1, 4096, 1741473480, None, revoked=0, weakly_bound=True),
        Key(BELOW, SECOND, 1, 4096, 1741473480, None, revoked=0, signs=False, weakly_bound=True),
    ]


def test_the_reason_of_a_revocation_says_from_when_it_counts() -> None:
    assert [listed(reason)[SECOND].revoked for reason in ("00", "01", "02", "03", "")] == [0, 1751473480] * 2 + [0]


def test_a_revocation_that_gpg_found_no_valid_signature_for_counts_as_it_stands() -> None:
    bare = "\n".join(line for line in LISTING.splitlines() if not line.startswith("rev"))
    assert {key.revoked for key in parse_listing(bare) if key.primary == SECOND} == {0}


def test_a_key_is_described_with_all_that_is_wrong_with_it() -> None:
    told = listed("03")[SECOND].describe(1)
    assert (
        told == f"{SECOND}, RSA 4096, made on 2025-03-08; revoked on 2025-07-02; certified with SHA-1 or weaker alone"
    )
    assert "expired on 2024-11-02" in listed("03")[FIRST].describe(1800000000)
    assert "expires on 2024-11-02" in listed("03")[FIRST].describe(1)
