"""A machine as the kickstart's %pre sees it: /sys, /proc and /dev as files below a folder, blkid as a script."""

import functools
import hashlib
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from airlock_builder.manifest import kickstart
from airlock_builder.manifest.load import load

ROOT = Path(__file__).parents[4]
GB = 10**9


@functools.cache
def pre_script(name: str) -> str:
    """The %pre of the demo's kickstart ``name``."""
    rendered = kickstart.render_all(load(ROOT / "manifests/demo.yaml"))[name].text
    return rendered.split("\n%pre ", 1)[1].split("\n", 1)[1].split("\n%end", 1)[0] + "\n"


_BLKID = """#!/bin/sh
# blkid -p -s TAG -o value DEVICE, or blkid -L LABEL
[ "$1" = -p ] || exit 2
[ -f "$6.$3" ] || exit 2
value=$(cat "$6.$3")
[ "$value" != ambivalent ] || exit 8
echo "$value"
"""


@dataclass
class Machine:
    """Build it up, then :meth:`run` a kickstart's %pre on it.

    Args:
        root: an empty folder.
        arguments: the kernel's command line.
    """

    root: Path
    arguments: list[str] = field(default_factory=lambda: ["quiet", "airlock.ask=never"])

    def __post_init__(self) -> None:
        for folder in ("tmp", "proc", "dev", "sys/block", "sys/class/net/eth0", "sys/class/tty/console", "bin"):
            (self.root / folder).mkdir(parents=True)
        self.write("proc/mounts", "proc /proc proc rw 0 0\n")
        self.write("sys/class/net/eth0/address", "52:54:00:ab:cd:ef\n")
        self.write("bin/blkid", _BLKID).chmod(0o755)
        self.write("bin/chvt", "#!/bin/sh\n").chmod(0o755)  # never this machine's own screen
        self.medium()

    def write(self, path: str, text: str) -> Path:
        """Write a file of the machine."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def medium(self, package: str = "an RPM") -> None:
        """Put a medium with one package into the drive; MANIFEST always lists ``an RPM``."""
        self.write("run/install/repo/BaseOS/Packages/a.rpm", package)
        manifest = f"{hashlib.sha256(b'an RPM').hexdigest()} 6 BaseOS/Packages/a.rpm\n"
        self.write("run/install/repo/release/MANIFEST", manifest)
        digest = hashlib.sha256(manifest.encode()).hexdigest()
        self.write("run/install/repo/release/release.json", f'{{\n  "manifest": "sha256:{digest}"\n}}\n')

    def disk(self, name: str, size: int = 100 * GB, *, content: bytes = b"", serial: str = "", **tags: str) -> None:
        """Add a disk of ``size`` bytes; ``tags`` are what blkid finds on it, such as ``TYPE``."""
        block = f"sys/block/{name}"
        self.write(f"{block}/removable", "0\n")
        self.write(f"{block}/size", f"{size // 512}\n")
        (self.root / block / "holders").mkdir()
        if serial:
            self.write(f"{block}/device/serial", f"{serial}  \n")
        self._device(name, content, tags)

    def part(self, disk: str, name: str, content: bytes = b"", **tags: str) -> None:
        """Add a partition."""
        self.write(f"sys/block/{disk}/{name}/partition", "1\n")
        self._device(name, content, tags)

    def _device(self, name: str, content: bytes, tags: dict[str, str]) -> None:
        (self.root / "dev" / name).write_bytes(content or b"\0" * 4096)
        for tag, value in tags.items():
            self.write(f"dev/{name}.{tag}", value)

    def run(self, name: str = "deployer") -> subprocess.CompletedProcess[str]:
        """Run the %pre of the demo's kickstart ``name``."""
        self.write("proc/cmdline", " ".join(self.arguments) + "\n")
        script = pre_script(name)
        path = f"{self.root / 'bin'}:{os.environ['PATH']}"
        environment = {"PATH": path, "AIRLOCK_ROOT": str(self.root), "LC_ALL": "C"}
        return subprocess.run(["sh"], input=script, capture_output=True, text=True, env=environment, timeout=60)

    def result(self, name: str = "disk") -> str:
        """What %pre wrote for %include."""
        return (self.root / f"tmp/airlock-{name}.ks").read_text()
