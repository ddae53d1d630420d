"""The variables by which programs find their proxy."""

from __future__ import annotations

from collections.abc import Mapping


def proxy_environment(proxy: str | None, inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables that have a program ask by a proxy, in place of those that it would inherit; none without one."""
    if proxy is None:
        return {}
    emptied = {name: "" for name in inherited if name.lower().endswith("_proxy")}
    return emptied | {name: proxy for scheme in ("http_proxy", "https_proxy") for name in (scheme, scheme.upper())}
