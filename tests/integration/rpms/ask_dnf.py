"""Run by the system's own Python, which has dnf: questions in as JSON, dnf's answers out as JSON.

A question names the repositories and what differs in each case; see ``asking.py``, which is the other side of it.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import dnf  # type: ignore[import-not-found] # the system's Python has it
import dnf.exceptions  # type: ignore[import-not-found]
import dnf.module.module_base  # type: ignore[import-not-found]


def main() -> None:
    """Answer all cases."""
    job = json.load(sys.stdin)
    if job["visible"]:
        base = _base(job, {})
        answers = [_visible(base, case) for case in job["cases"]]
    else:
        answers = [_answer(job, case) for case in job["cases"]]
    json.dump(answers, sys.stdout)


def _answer(job: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    try:
        with _base(job, case) as base:  # 18 MiB a case of Enterprise Linux stay otherwise
            return _installed(base, case)
    except (dnf.exceptions.Error, RuntimeError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    finally:
        shutil.rmtree(job["root"] + "/etc/dnf", ignore_errors=True)


def _base(job: dict[str, Any], case: dict[str, Any]) -> Any:
    base = dnf.Base()
    conf = base.conf
    for name in ("cachedir", "persistdir", "logdir"):
        setattr(conf, name, f"{job['root']}/{name}")
        Path(job["root"], name).mkdir(parents=True, exist_ok=True)
    conf.installroot, conf.reposdir, conf.plugins, conf.best = job["root"], [], False, True
    conf.module_platform_id = f"platform:el{job['major']}"
    conf.substitutions.update(arch=job["arch"], basearch=job["arch"], releasever=str(job["major"]))
    conf.install_weak_deps = bool(case.get("weak"))
    conf.multilib_policy = "all" if case.get("every_arch") else "best"
    conf.excludepkgs = ", ".join(case.get("exclude", []))
    for repo in job["repos"]:
        base.repos.add_new_repo(
            repo["id"],
            conf,
            baseurl=repo["baseurl"],
            priority=repo["priority"],
            cost=repo["cost"],
            excludepkgs=", ".join(repo["exclude"]),  # of a list dnf takes the first alone
            includepkgs=", ".join(repo["include"]),
            module_hotfixes=repo["module_hotfixes"],
            gpgcheck=False,
        )
    base.fill_sack(load_system_repo=False)
    base.read_comps(arch_filter=True)
    return base


def _visible(base: Any, case: dict[str, Any]) -> dict[str, Any]:
    """What is left to choose from when some streams are enabled and some modules disabled; nothing is refused."""
    modules = base._moduleContainer
    modules.rollback()
    for spec in case.get("enable", []):
        modules.enable(*spec.split(":"))
    for name in case.get("disable", []):
        modules.disable(name)
    hotfixes = [repo.id for repo in base.repos.iter_enabled() if repo.module_hotfixes]
    platform = base.conf.module_platform_id
    problems = base.sack.filter_modules(modules, hotfixes, base.conf.installroot, platform, update_only=True)
    packages = [_label(one) for one in base.sack.query().filter(arch__neq=["src", "nosrc"])]
    active = [one.getFullIdentifier() for one in modules.getModulePackages() if modules.isModuleActive(one.getId())]
    return {"problem": problems[1] if problems else 0, "packages": sorted(packages), "streams": sorted(active)}


def _installed(base: Any, case: dict[str, Any]) -> dict[str, Any]:
    """What is installed into an empty system: modules and groups first, as the command does it."""
    modules = dnf.module.module_base.ModuleBase(base)
    if case.get("enable"):
        modules.enable(case["enable"])
    if case.get("disable"):
        modules.disable(case["disable"])
    groups = [text for text in case["install"] if text.startswith("@")]
    packages = [text for text in case["install"] if not text.startswith("@")]
    for texts in filter(None, (groups, packages)):
        base.install_specs(texts, exclude=case.get("without", []))
    base.resolve()
    return {"packages": sorted(_label(one) for one in base.transaction.install_set)}


def _label(package: Any) -> str:
    return f"{package.name}-{package.evr}.{package.arch} {package.reponame}"


main()
