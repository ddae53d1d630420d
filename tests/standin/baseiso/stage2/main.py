"""The installation from beginning to end, as one line of steps."""

import shutil
import traceback
from pathlib import Path
from typing import Any

from pykickstart import constants

from . import accounts, bootloader, cmdline, devices, kickstart, medium, network, packages, scripts, settings, storage
from .console import DONE, FAILED, INSTALL_LOG, PROGRAM_LOG, say, step, tail_of_log
from .disks import Plan
from .errors import InstallError
from .wishes import plan_for

ACTION = Path("/run/install/action")  # what process 1 does when the installer has ended
ACTIONS = {
    constants.KS_REBOOT: "reboot",
    constants.KS_SHUTDOWN: "poweroff",
    constants.KS_WAIT: "halt",
    None: "halt",
}


def main() -> None:
    """Install; on any failure say what and why, run %onerror, and leave the machine halted."""
    options = cmdline.parse(Path("/proc/cmdline").read_text())
    say("Pebble, a stand-in for Anaconda, installs by kickstart")
    try:
        action = install(options)
        say(f"{DONE}, now: {action}")
    except Exception as error:  # noqa: BLE001 (the last line of defence: the console must show it)
        action = "poweroff" if options.poweroff_on_error else "halt"
        _report(error)
    ACTION.write_text(action)


def install(options: cmdline.BootOptions) -> str:
    """Carry out the kickstart that ``options`` name and return what is to happen next: reboot, poweroff or halt.

    Raises InstallError when it cannot be carried out.
    """
    if options.check_medium:
        with step("checking the medium"):
            medium.check_checksum()
    source = medium.fetch_kickstart(options.kickstart)
    handler = kickstart.read(source, options.strict, lambda pre: scripts.run_all(pre, storage.ROOT))
    try:
        _install(options, handler, source)
    except Exception:
        _run_onerror(handler)
        raise
    return ACTIONS[handler.reboot.action]


def _install(options: cmdline.BootOptions, handler: Any, source: Path) -> None:
    uefi = devices.is_uefi()
    repos = _repos(options, handler)
    request = packages.request(handler)
    plan = plan_for(handler, devices.disks(medium.device()), uefi, options.gpt)
    with step("partitioning"):
        storage.apply(plan)
        storage.mount(plan)
    scripts.run_all(kickstart.of_type(handler, constants.KS_SCRIPT_PREINSTALL), storage.ROOT)
    with step("installing packages"):
        _install_packages(handler, repos, request, plan, uefi)
    with step("configuring the new system"):
        storage.write_fstab(plan)
        accounts.configure(handler, storage.ROOT)
        network.configure(handler, storage.ROOT, devices.interfaces())
        settings.configure(handler, storage.ROOT)
    with step("installing the boot loader"):
        bootloader.install(handler, plan, uefi, options.consoles)
    _keep_kickstarts(handler, source)
    with step("running scripts"):
        scripts.run_all(kickstart.of_type(handler, constants.KS_SCRIPT_POST), storage.ROOT)
    _keep_logs()
    with step("unmounting"):
        storage.unmount()


def _repos(options: cmdline.BootOptions, handler: Any) -> list[packages.Repo]:
    """Return the medium's repositories and the kickstart's own; a source that is not the medium is refused."""
    if handler.method.method not in (None, "cdrom"):
        raise InstallError(f"kickstart: {handler.method.method} is not supported by this installer: use cdrom")
    if options.repo and not options.repo.startswith(("hd:", "cdrom")):
        raise InstallError(f"inst.repo={options.repo}: this installer installs from its own medium alone")
    medium.check_arch()
    treeinfo = medium.MOUNT_POINT / ".treeinfo"
    if not treeinfo.is_file():
        raise InstallError("cdrom: the medium has no .treeinfo")
    found = packages.medium_repos(
        treeinfo.read_text(), lambda name: (medium.MOUNT_POINT / name / "repodata/repomd.xml").is_file()
    )
    repos = [*found, *packages.kickstart_repos(handler)]
    for repo in repos:
        say(f"repository {repo.name}: {repo.baseurl}")
    return repos


def _install_packages(
    handler: Any, repos: list[packages.Repo], request: packages.Request, plan: Plan, uefi: bool
) -> None:  # fmt: skip
    from . import transaction  # loads dnf, which takes a while on an emulated machine: after what may fail early

    fstypes = {part.wish.fstype for part in plan.partitions}
    modules = [
        f"{one.name}:{one.stream}" if one.stream else one.name for one in handler.module.moduleList if one.enable
    ]
    transaction.make_merged_usr(storage.ROOT)
    storage.bind_kernel_trees()
    required = packages.machine_requirements(fstypes, uefi)
    transaction.install(storage.ROOT, repos, request, required, modules)


def _keep_kickstarts(handler: Any, source: Path) -> None:
    """Leave both kickstarts in root's home, before %post, which may remove them; they may hold password hashes."""
    home = storage.ROOT / "root"
    home.mkdir(mode=0o700, exist_ok=True)
    for name, text in {"original-ks.cfg": source.read_text(), "anaconda-ks.cfg": str(handler)}.items():
        (home / name).write_text(text)
        (home / name).chmod(0o600)


def _keep_logs() -> None:
    folder = storage.ROOT / "var/log/anaconda"
    folder.mkdir(parents=True, exist_ok=True)
    for log in (INSTALL_LOG, PROGRAM_LOG):
        if log.exists():
            shutil.copyfile(log, folder / log.name)
            (folder / log.name).chmod(0o600)


def _run_onerror(handler: Any) -> None:
    try:
        scripts.run_all(kickstart.of_type(handler, constants.KS_SCRIPT_ONERROR), storage.ROOT)
    except InstallError as error:
        say(f"%onerror failed as well: {error}")


def _report(error: Exception) -> None:
    """Show on the console what happened, and the last that programs said."""
    if not isinstance(error, InstallError):
        print("".join(traceback.format_exception(error)), flush=True)
    print(f"---- the last lines of {PROGRAM_LOG}\n{tail_of_log()}\n----", flush=True)
    say(f"{FAILED}: {error}")
