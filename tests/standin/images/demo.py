"""The demo's three images: two that share a base layer, and one for two platforms."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.standin.images.archive import noise
from tests.standin.images.layout import Image, write

TAG = "1.0"
_PASSWD = b"root:x:0:0:root:/root:/usr/sbin/nologin\n"
_BASE: Mapping[str, bytes] = {
    "etc/os-release": b'NAME="Pebble demo base"\nID=pebble-demo\nVERSION_ID="1"\n',
    "etc/passwd": _PASSWD,
    "usr/lib/demo/base.bin": noise("demo base", 1024 * 1024),
}


def images() -> dict[str, Sequence[Image]]:
    """Return the images of each repository, all under TAG."""
    return {
        "demo/web": [_on_base("web", 192 * 1024)],
        "demo/api": [_on_base("api", 256 * 1024)],
        "demo/tool": [_tool("amd64"), _tool("arm64")],
    }


def write_layouts(folder: Path) -> dict[str, str]:
    """Write a layout for each repository into ``folder``/<repository>; return the digest of each."""
    return {name: write(folder / name, TAG, of) for name, of in images().items()}


def _on_base(name: str, size: int) -> Image:
    own = {
        f"etc/{name}.conf": f"name = {name}\n".encode(),
        f"usr/bin/{name}": f"#!/bin/sh\necho {name} {TAG}\n".encode(),
        f"usr/lib/demo/{name}.bin": noise(f"demo {name}", size),
    }
    return Image("amd64", [_BASE, own], [f"/usr/bin/{name}"])


def _tool(architecture: str) -> Image:
    own = {"usr/bin/tool": b"#!/bin/sh\necho tool\n", "usr/lib/demo/tool.bin": noise(f"tool {architecture}", 96 * 1024)}
    return Image(architecture, [own], ["/usr/bin/tool"])
