"""All rules about a site: what its files must say, and what its nodes must be."""

from __future__ import annotations

from airlock_installer.site.rules import addresses, groups, storage
from airlock_installer.site.rules.rule import FactsRule, Rule

RULES: tuple[Rule, ...] = (*groups.RULES, *addresses.RULES, *storage.RULES)
FACTS_RULES: tuple[FactsRule, ...] = ()
