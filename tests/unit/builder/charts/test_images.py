"""The images that objects and values name."""

from __future__ import annotations

import pytest

from airlock_builder.charts import images, nodes, reading
from airlock_builder.charts.archive import of_files
from airlock_core.errors import InputError

HEAD = "apiVersion: v2\nname: a\nversion: 1.0.0\nappVersion: 3.2.1\n"


def in_values(text: str) -> list[tuple[int, str]]:
    (values,) = nodes.documents(text, "values.yaml")
    return [(use.line, use.image) for use in images.of_values(values, "3.2.1")]


def in_objects(text: str) -> list[tuple[int, str]]:
    return [(use.line, use.image) for use in images.of_objects(nodes.documents(text, "o.yaml"))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: {repository: a/b, tag: v1}", "a/b:v1"),
        ("image: {registry: q.io, repository: a/b, tag: v1}", "q.io/a/b:v1"),
        ("image: {repository: a/b, tag: ''}", "a/b:3.2.1"),
        ("image: {repository: a/b, tag: v1, digest: 'sha256:0'}", "a/b:v1@sha256:0"),
        ("global: {imageRegistry: r.io}\nimage: {repository: a/b, tag: v1}", "r.io/a/b:v1"),
        ("image: a/b:1", "a/b:1"),
        ("sidecarImage: a/b:1", "a/b:1"),
        ("a: [{b: {image: a/b:1}}]", "a/b:1"),
    ],
)
def test_the_usual_shapes_of_values_are_read(text: str, expected: str) -> None:
    assert [image for _, image in in_values(text)] == [expected]


@pytest.mark.parametrize(
    "text",
    ["repository: https://github.com/a/b\ntag: v1", "useImage: true", "image: ''", "repository: a/b", "a: {tag: 1}"],
)
def test_what_is_no_image_is_left(text: str) -> None:
    assert in_values(text) == []


def test_objects_name_images_in_specs_arguments_and_variables() -> None:
    text = """spec:
  containers:
  - image: a/b:1
    args: [--config-reloader=q.io/c/d:2, --port=80, "https://q.io/x/y:1", example.com:80]
    env:
    - {name: RELATED, value: "q.io/e/f@sha256:%s"}
  other: {image: {repository: g/h, tag: "3"}}
""" % ("0" * 64)
    assert in_objects(text) == [(3, "a/b:1"), (4, "q.io/c/d:2"), (6, f"q.io/e/f@sha256:{'0' * 64}"), (7, "g/h:3")]


def test_templates_are_read_as_far_as_values_alone_fill_them() -> None:
    template = """image: q.io/x:1
- image: "{{ .Values.a.name }}:{{ .Values.a.tag | default .Chart.AppVersion }}"
  image: {{ .Values.none | default "d/e:5" | quote }}
  image: {{ include "a.image" . }}
  image: {{ .Values.a.name | upper }}
  # image: c/d:1
"""
    files = {"Chart.yaml": HEAD, "values.yaml": "a: {name: k/l}\n", "templates/t.yaml": template}
    chart = of_files({path: text.encode() for path, text in files.items()}, where="a")
    assert [(use.line, use.image) for use in reading.used(chart)] == [(1, "q.io/x:1"), (2, "k/l:3.2.1"), (3, "d/e:5")]


def test_anchors_are_taken_and_followed_once() -> None:
    assert in_values("a: &a {image: x/y:1}\nb: *a\n") == [(1, "x/y:1")]
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}, *a{n}]\n" for n in range(60))
    assert in_values(bomb) == []


def test_values_merge_as_helms_do() -> None:
    under, over = (nodes.documents(text, "v")[0] for text in ("a: {b: 1, c: 2}\nd: 3\n", "a: {b: 9}\nd: null\n"))
    merged = nodes.merged(under, over)
    assert [text.text for text in nodes.texts(merged)] == ["9", "2"]


def test_what_is_too_deep_is_refused() -> None:
    with pytest.raises(InputError, match="nested deeper"):
        nodes.documents("[" * 500 + "]" * 500, "v")
