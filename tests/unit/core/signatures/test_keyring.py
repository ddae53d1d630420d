"""gpg's listing of keys."""

from __future__ import annotations

from airlock_core.signatures import Key
from airlock_core.signatures.keyring import parse_listing

LISTING = """tru::1:1795225360:0:3:1:5
pub:e:2048:1:234654DA9A296436:1661444471:1730564471::-:::sc::::::23::0:
fpr:::::::::DE15B14486CD377B9E876E1A234654DA9A296436:
uid:e::::1661444471::F46193FF99DBC56573C3B95949D205BA06FEF67C::a test::::::::::0:
sub:e:4096:1:0B8587D62A9BD8A2:1741473480:1800000000:::::s::::::23:
fpr:::::::::33D67C3349902975F4075C540B8587D62A9BD8A2:
pub:r:4096:1:F83BDF4454283B67:1741473480:::-:::scESC::::::23::0:
fpr:::::::::F3287F78A6AE5FF8E0F1D5CCF83BDF4454283B67:
sub:-:4096:1:1B8587D62A9BD8A2:1741473480::::::e::::::23:
fpr:::::::::43D67C3349902975F4075C540B8587D62A9BD8A2:
"""


def test_a_subkey_is_worth_no_more_than_its_primary_key() -> None:
    first, second = "DE15B14486CD377B9E876E1A234654DA9A296436", "F3287F78A6AE5FF8E0F1D5CCF83BDF4454283B67"
    assert parse_listing(LISTING) == [
        Key(first, first, 1, 2048, 1661444471, 1730564471),
        Key("33D67C3349902975F4075C540B8587D62A9BD8A2", first, 1, 4096, 1741473480, 1730564471),
        Key(second, second, 1, 4096, 1741473480, None, revoked=True),
        Key("43D67C3349902975F4075C540B8587D62A9BD8A2", second, 1, 4096, 1741473480, None, revoked=True, signs=False),
    ]
