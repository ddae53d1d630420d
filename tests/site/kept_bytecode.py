"""For the nodes' Python: keeps the bytecode of what it imports from zip files, by its source.

Ansible sends each module as a zip of sources, with every task to every node anew, and Python compiles all of it each
time: a third of a module's processor time. At a site each node has that time; here all share the test's processors.
Python imports this at each start, by a ``.pth`` file (its docs: "site"), so it imports no more than it must.
"""

import _imp
import marshal
import os
import zipimport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType


def keep(folder: str) -> None:
    """Keep it in this folder from now on, as far as this process may write there."""
    compiled = zipimport._compile_source  # type: ignore[attr-defined]

    def kept(path: str, source: bytes) -> "CodeType":
        name = f"{folder}/{_imp.source_hash(0, source).hex()}"
        code: CodeType
        try:
            with open(name, "rb") as file:  # noqa: PTH123 (pathlib takes longer than all else here)
                code = marshal.load(file)
        except OSError:
            code = compiled(path, source)
            _write(name, marshal.dumps(code))
        return code

    zipimport._compile_source = kept  # type: ignore[attr-defined]


def _write(name: str, data: bytes) -> None:
    try:
        with open(f"{name}.{os.getpid()}", "wb") as file:  # noqa: PTH123
            file.write(data)
        os.rename(file.name, name)  # noqa: PTH104
    except OSError:  # who is not root may not write there
        pass
