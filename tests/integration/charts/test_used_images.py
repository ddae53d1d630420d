"""The images that charts and manifests use: those that no lock holds are listed by lint and refused by build."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.airlock import Airlock
from tests.standin import helm
from tests.standin.charts import Chart
from tests.standin.upstream.upstream import REGISTRY_HOST

pytestmark = pytest.mark.integration

DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      initContainers:
      - name: first
        image: quay.io/first/step:1
      containers:
      - name: main
        image: "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag | default TAG }}"
        args: ["--reloader-image=quay.io/op/reloader:v0.1", "--listen=0.0.0.0:80"]
      {{- if .Values.sidecar.enabled }}
      - {name: side, image: {{ printf "%s:%s" .Values.sidecar.name "9" | quote }}}
      {{- end }}
""".replace("TAG", ".Chart.AppVersion")
VALUES = """image:
  registry: registry.standin.test
  repository: demo/web
  tag: ""
sidecar: {enabled: false, name: docker.io/side/car}
"""
APP = Chart("app", "1.0.0", {"appVersion": "1.0"}, {"values.yaml": VALUES, "templates/web.yaml": DEPLOYMENT})
IMAGES: dict[str, Any] = {"refs": [f"{REGISTRY_HOST}/demo/web:1.0"], "insecure": [REGISTRY_HOST]}


@pytest.fixture(params=["rendered", "read"])
def either(request: pytest.FixtureRequest, airlock: Airlock) -> Airlock:
    """The program with Helm on its PATH, and without."""
    if request.param == "rendered":
        airlock.env["PATH"] = f"{helm.program().parent}:{airlock.environment['PATH']}"
    return airlock


def locked(airlock: Airlock, chart: Chart = APP, **images: Any) -> None:
    """Lock and fetch a release of one chart and one image."""
    chart.unpack(airlock.folder / "app")
    values = {"values": images.pop("values")} if "values" in images else {}
    content = {"charts": [{"folder": "app", **values}], "images": {**IMAGES, **images}, "locks": "."}
    airlock("lock", "-m", airlock.write(content))
    airlock("fetch", "-m", "release.yaml")


def test_lint_lists_the_images_that_no_lock_holds_with_chart_file_and_line(either: Airlock) -> None:
    locked(either)
    told = either("lint", "-m", "release.yaml")
    assert "  chart app 1.0.0: templates/web.yaml:9: quay.io/first/step:1\n" in told.out
    assert "demo/web" not in told.out
    assert "side/car" not in told.out
    (first, *_) = either("lint", "-m", "release.yaml", "--json").json["unlocked"]
    assert {"by": "chart app 1.0.0", "file": "templates/web.yaml"}.items() <= first.items()


def test_build_refuses_them_all_at_once(either: Airlock) -> None:
    locked(either, Chart("app", "1.0.0", {"appVersion": "9"}, APP.files))
    told = either("build", "iso", "-m", "release.yaml", expect=3)
    assert "chart app 1.0.0: templates/web.yaml:9: uses the image quay.io/first/step:1, which no lock holds" in told.err
    assert "uses the image registry.standin.test/demo/web:9, which no lock holds" in told.err
    assert "waive it with a reason under images.waivers" in told.err
    each = set(re.findall(r"uses the image (\S+), ", told.err))
    assert f"error: {len(each)} images are used that no lock holds\n" in told.err, "one counts once wherever it is used"
    assert not list(either.folder.glob("*.iso"))


def test_what_is_waived_is_built_without_and_told(either: Airlock) -> None:
    waivers = [{"image": "quay.io/*", "reason": "pulled from the customer's own registry"}]
    locked(either, waivers=waivers)
    told = either("lint", "-m", "release.yaml").out
    assert "templates/web.yaml:9: quay.io/first/step:1  (pulled from the customer's own registry)" in told
    either("build", "iso", "-m", "release.yaml", "-o", "x.iso")
    assert "quay.io/*: pulled from the customer's own registry" in either("inspect", "x.iso").out


def test_a_waiver_that_nothing_needs_is_noted(airlock: Airlock) -> None:
    waivers = [{"image": "quay.io/*", "reason": "a"}, {"image": "gone.example/*", "reason": "b"}]
    locked(airlock, waivers=waivers)
    assert "images.waivers: no image needs gone.example/*" in airlock("lint", "-m", "release.yaml").err


@pytest.mark.parametrize("waiver", [{"image": "*", "reason": "all"}, {"image": "a"}, {"image": "a", "reason": ""}])
def test_a_waiver_names_images_and_a_reason(waiver: dict[str, str], airlock: Airlock) -> None:
    told = airlock("lint", "-m", airlock.write({"images": {"waivers": [waiver]}}), expect=3)
    assert "images.waivers[0]" in told.err


def test_the_manifests_values_are_those_that_it_is_rendered_with(either: Airlock) -> None:
    (either.folder / "site.yaml").write_text("image: {registry: other.example, tag: '7'}\n")
    locked(either, values=["site.yaml"])
    assert "other.example/demo/web:7" in either("lint", "-m", "release.yaml").out


def test_what_only_a_template_computes_is_seen_where_there_is_a_helm(airlock: Airlock) -> None:
    (airlock.folder / "on.yaml").write_text("sidecar: {enabled: true}\n")
    locked(airlock, values=["on.yaml"])
    told = airlock("lint", "-m", "release.yaml")
    assert "docker.io/side/car:9" not in told.out
    assert "1 chart was read, not rendered, which may miss images: there is no helm" in told.err
    airlock.env["PATH"] = f"{helm.program().parent}:{airlock.environment['PATH']}"
    told = airlock("lint", "-m", "release.yaml")
    assert "templates/web.yaml" in told.out
    assert "docker.io/side/car:9" in told.out
    assert "quay.io/op/reloader:v0.1" in told.out


def test_a_chart_that_helm_cannot_render_is_read_and_that_is_told(airlock: Airlock) -> None:
    airlock.env["PATH"] = f"{helm.program().parent}:{airlock.environment['PATH']}"
    broken = {**APP.files, "templates/need.yaml": '{{ required "give a password" .Values.password }}'}
    locked(airlock, Chart("app", "1.0.0", {"appVersion": "1.0"}, broken))
    told = airlock("lint", "-m", "release.yaml")
    assert "chart app 1.0.0 was read, not rendered" in told.err
    assert "give a password" in told.err
    assert "quay.io/first/step:1" in told.out


def test_a_library_and_the_pods_of_helm_test_are_not_installed(either: Airlock) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\nspec: {containers: [\n{"
    files = {"templates/tests/t.yaml": f"{pod}\nname: t,\nimage: busybox:1}}]}}\n"}
    locked(either, Chart("app", "1.0.0", {}, files))
    assert either("lint", "-m", "release.yaml").out == "release.yaml: good\n"
    locked(either, Chart("app", "1.0.1", {"type": "library"}, {**files, "values.yaml": "image: a/b:1\n"}))
    told = either("lint", "-m", "release.yaml")
    assert (told.out, "cannot render" in told.err) == ("release.yaml: good\n", False)


def test_charts_inside_charts_are_looked_at(either: Airlock) -> None:
    inner = Chart("redis", "1.0.0", {}, {"templates/r.yaml": "kind: Pod\nspec: {containers: [\n{\nimage: redis:6}]}\n"})
    locked(either, Chart("app", "1.0.0", {"appVersion": "1.0"}, APP.files, (inner,)))
    assert "chart app 1.0.0: charts/redis/templates/r.yaml" in either("lint", "-m", "release.yaml").out


def test_kubernetes_manifests_are_looked_at_too(airlock: Airlock) -> None:
    folder = airlock.folder / "k8s"
    folder.mkdir()
    text = DEPLOYMENT.replace('"{{', "'").split("containers:")[0] + "containers:\n      - image: nginx:1.25\n"
    (folder / "web.yaml").write_text(text)
    content = {"images": {**IMAGES, "manifests": ["k8s"]}, "locks": "."}
    airlock("lock", "-m", airlock.write(content))
    told = airlock("lint", "-m", "release.yaml").out
    assert "  k8s/web.yaml:9: quay.io/first/step:1\n" in told
    assert "  k8s/web.yaml:11: nginx:1.25\n" in told
    airlock("build", "iso", "-m", "release.yaml", expect=3)


def test_an_image_of_an_option_that_is_left_out_is_not_there(airlock: Airlock) -> None:
    APP.unpack(airlock.folder / "app")
    waivers = [{"image": "quay.io/*", "reason": "a"}]
    option = {"web": {"images": {"refs": IMAGES["refs"]}}}
    images = {"waivers": waivers, "insecure": IMAGES["insecure"]}
    content = {"charts": [{"folder": "app"}], "images": images, "options": option, "locks": "."}
    airlock("lock", "-m", airlock.write(content))
    airlock("fetch", "-m", "release.yaml")
    airlock("build", "iso", "-m", "release.yaml", "-o", "with.iso")
    told = airlock("build", "iso", "-m", "release.yaml", "--without", "web", expect=3)
    assert "uses the image registry.standin.test/demo/web:1.0" in told.err


def test_a_chart_that_is_not_in_the_store_is_told(airlock: Airlock, tmp_path: Path) -> None:
    locked(airlock)
    told = airlock.with_store(tmp_path / "empty")("lint", "-m", "release.yaml")
    assert "chart app 1.0.0 is not in the store, so its images are not known: run `airlock fetch`" in told.err
