"""modules.yaml as YAML should not be."""

from __future__ import annotations

from tests.integration.hostile import repository as repo
from tests.integration.hostile.cases import MODULES, Case, case, harmless
from tests.integration.hostile.repository import FILL, MIB, stream

_LAUGHS = "  x0: &x0 [ha, ha]\n" + "".join(f"  x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 10))


def streams() -> list[Case]:
    """Every case for modules.yaml."""
    texts = {
        "billion laughs": (stream(more=_LAUGHS), "alias or anchor"),
        "an anchor alone": (stream(more="  x: &x y\n"), "alias or anchor"),
        "an alias to nothing": (stream(more="  x: *nothing\n"), "alias"),
        "an alias to itself": (stream(more="  x: &x [*x]\n"), "alias or anchor"),
        "a merge of keys": (stream(more="  <<: {name: other}\n  <<: {name: other}\n"), "stands twice"),
        "a key twice": (stream(more="  name: other\n"), "stands twice"),
        "a key that is a list": (stream(more="  ? [a, b]\n  : c\n"), "no text"),
        "an unclosed text": (stream(more='  x: "y\n'), "cannot be read"),
        "cut in the middle": (stream() + "---\ndocument: modulemd\nversion: 2\ndata:\n  name: {a", "cannot be read"),
        "not UTF-8": (stream(more="  x: \udcff\n"), "cannot be read"),
        "NUL bytes": (stream(more="  x: a\0b\n"), "cannot be read"),
        "tabs for blanks": (stream(more="\tx: y\n"), "cannot be read"),
        "a list in place of a document": ("--- [a, b]\n", "no mapping"),
        "a text in place of data": ("---\ndocument: modulemd\nversion: 2\ndata: x\n", "cannot be read"),
        "no name": (stream().replace("  name: victim\n", ""), "name"),
        "a version of 5,000 digits": (
            stream().replace("version: 1\n  context", f"version: {'9' * 5000}\n  context"),
            "cannot be read",
        ),
        "a version in words": (stream().replace("version: 1\n  context", "version: new\n  context"), "cannot be read"),
        "an artifact that is a list": (stream(more="  artifacts:\n    rpms: [[a, b]]\n"), "cannot be read"),
    }
    circle = "  dependencies:\n  - requires: {victim: ['1']}\n"
    long = {
        "nested deep": (f"[{FILL}]", lambda: "[" * 100_000 + "]" * 100_000, "nested deeper"),
        "nested deep in mappings": (FILL, lambda: "{a: " * 100_000 + "}" * 100_000, "nested deeper"),
        "nested deep in blocks": (FILL, lambda: "".join(f"\n{' ' * n}-" for n in range(3, 2000)), "nested deeper"),
        "very many values": (f"[{FILL}]", lambda: "a, " * 10 * MIB, "more than"),
        "very many documents": (f"y\n{FILL}", lambda: "--- {}\n" * 4 * MIB, "more than"),
        "a text of 40 MiB": (FILL, lambda: "y" * 40 * MIB, "it may have"),
        "a key of 1 MiB": (f"{{{FILL}: x}}", lambda: "y" * MIB, "cannot be read"),
    }
    return [
        harmless("modules that need themselves", repo.modules(stream(more=circle))),
        *(case(f"modules: {name}", said, MODULES, repo.modules(text)) for name, (text, said) in texts.items()),
        *(
            case(f"modules: {name}", said, MODULES, repo.modules(stream(more=f"  x: {text}\n")), fill=fill)
            for name, (text, fill, said) in long.items()
        ),
    ]
