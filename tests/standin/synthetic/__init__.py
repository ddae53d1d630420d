"""A repository of as many RPMs as wanted, written without rpmbuild: for what must be shown or measured at scale.

The packages are real: rpm, rpmkeys, createrepo_c and dnf take them for what they are, signed with the stand-in's key.
What they hold follows from their number alone, in the proportions of Enterprise Linux 9's own repositories.
"""

from tests.standin.synthetic.repository import build

__all__ = ["build"]
