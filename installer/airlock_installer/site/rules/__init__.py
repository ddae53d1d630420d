"""All rules about a site: what its files must say, and what its nodes must be."""

from __future__ import annotations

from airlock_installer.site.rules import addresses, disks, groups, interfaces, networks, sizes, storage, variables, ways
from airlock_installer.site.rules.rule import FactsRule, Rule

RULES: tuple[Rule, ...] = (*groups.RULES, *addresses.RULES, *storage.RULES, *variables.RULES, *ways.RULES)
"""Those that the files alone can be held against."""
FACTS_RULES: tuple[FactsRule, ...] = (*interfaces.RULES, *networks.RULES, *disks.RULES, *sizes.RULES)
"""Those that the nodes must be asked for."""
