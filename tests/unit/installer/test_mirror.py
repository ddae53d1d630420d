"""The module ``mirror``: what is there and right stays, all else is fetched, whole or not at all."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airlock_installer.steps.playbook import ansible_folder

BIG = bytes(range(256)) * 12288


class Server(http.server.BaseHTTPRequestHandler):
    """Serves ``files`` with ranges, and ends after ``cut`` bytes where that is set."""

    protocol_version = "HTTP/1.1"
    files: dict[str, bytes]
    asked: list[str]
    cut: int | None

    def do_GET(self) -> None:
        begin = int(self.headers.get("Range", "bytes=0-")[6:-1])
        data = self.files.get(self.path)
        self.asked.append(f"{self.path} {begin}")
        if data is None:
            self.send_error(404)
            return
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        self.wfile.write(data[begin : self.cut])
        self.close_connection = self.cut is not None

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    kind = type("Own", (Server,), {"files": {}, "asked": [], "cut": None})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def _kind(server: http.server.ThreadingHTTPServer) -> type[Server]:
    return server.RequestHandlerClass  # type: ignore[return-value]


def _file(path: str, data: bytes, wave: int = 0, digest: str = "sha256") -> dict[str, Any]:
    found = f"{digest}:{hashlib.new(digest, data).hexdigest()}"
    return {"path": path, "source": path, "digest": found, "size": len(data), "wave": wave}


def _run(root: Path, files: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    words = {"root": str(root), "files": files, "_ansible_remote_tmp": str(root.parent), **more}
    done = subprocess.run(
        [sys.executable, ansible_folder() / "library/mirror.py"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": words}),
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,  # whoever runs it
    )
    assert done.stdout, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _from(
    server: http.server.ThreadingHTTPServer, root: Path, files: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    return _run(root, files, url=f"http://127.0.0.1:{server.server_address[1]}", **more)


def _left(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_files_are_fetched_readable_for_services_and_a_second_run_asks_for_nothing(
    server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    _kind(server).files = {"/a/b%2Bc.rpm": b"one", "/big": BIG}
    files = [_file("a/b+c.rpm", b"one"), _file("big", BIG, digest="sha512"), {"path": "l/link", "text": "x", "wave": 1}]
    first = _from(server, tmp_path / "root", files)
    assert (first["changed"], first["fetched"], first["bytes"]) == (True, 3, 3 + len(BIG) + 1)
    assert _left(tmp_path / "root") == ["a/b+c.rpm", "big", "l/link"]
    assert {oct((tmp_path / "root" / name).stat().st_mode)[-3:] for name in ("big", "l/link")} == {"644"}
    assert oct((tmp_path / "root/a").stat().st_mode)[-3:] == "755"
    asked = len(_kind(server).asked)
    assert _from(server, tmp_path / "root", files)["changed"] is False
    assert len(_kind(server).asked) == asked


def test_what_is_there_with_other_bytes_is_taken_anew_and_named(
    server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    _kind(server).files = {"/one": b"right", "/two": b"other"}
    (tmp_path / "one").write_bytes(b"wrong")
    (tmp_path / "two").write_bytes(b"other")
    done = _from(server, tmp_path, [_file("one", b"right"), _file("two", b"other")])
    assert (done["mended"], done["fetched"], (tmp_path / "one").read_bytes()) == (["one"], 1, b"right")


def test_check_mode_names_what_lacks_and_what_has_other_bytes_and_changes_nothing(tmp_path: Path) -> None:
    for name, data in (("whole", b"right"), ("rotten", b"wrong"), ("short", b"wr"), ("link", b"y")):
        (tmp_path / name).write_bytes(data)
    names = ["whole", "rotten", "short", *(f"gone{at:02}" for at in range(12))]
    files = [*(_file(name, b"right") for name in names), {"path": "link", "text": "x", "wave": 1}]
    before = {name: (tmp_path / name).read_bytes() for name in _left(tmp_path)}
    done = _run(tmp_path, files, _ansible_check_mode=True)
    assert (done["fetched"], done["mended"]) == (15, ["link", "rotten", "short"])
    assert done["lacking"] == [f"gone{at:02}" for at in range(10)]
    assert {name: (tmp_path / name).read_bytes() for name in _left(tmp_path)} == before


def test_lengths_alone_tell_what_is_cut_and_not_what_is_rotten(tmp_path: Path) -> None:
    for name, data in (("rotten", b"wrong"), ("short", b"wr")):
        (tmp_path / name).write_bytes(data)
    files = [_file(name, b"right") for name in ("rotten", "short")]
    assert _run(tmp_path, files, _ansible_check_mode=True, lengths=True)["mended"] == ["short"]


def test_who_only_looks_gives_way_to_all_else(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "link")
    words = {"root": str(tmp_path), "files": [{"path": "link", "text": "x", "wave": 1}]}
    given = {**words, "_ansible_check_mode": True, "_ansible_remote_tmp": str(tmp_path)}
    # Begun at the usual niceness, though the tests themselves may give way.
    usual = ["nice", "-n", str(-os.nice(0))]
    command = [*usual, sys.executable, str(ansible_folder() / "library/mirror.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as looking:
        assert looking.stdin is not None
        looking.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode())
        looking.stdin.close()
        with (tmp_path / "link").open("w") as link:  # it reads it by now
            tasks = [int(task.name) for task in Path(f"/proc/{looking.pid}/task").iterdir()]
            priorities = {os.getpriority(os.PRIO_PROCESS, task) for task in tasks}
            link.write("x")
    assert priorities == {19}


def test_source_with_other_bytes_gets_no_name_and_nothing_that_leads_to_it_begins(
    server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    _kind(server).files = {"/bad": b"rotten!", "/good": b"good"}
    files = [_file("bad", b"fresh!!"), _file("good", b"good"), {"path": "link", "text": "x", "wave": 1}]
    done = _from(server, tmp_path / "root", files, what="files of a test", todo="mend it")
    assert done["failed"] is True
    assert done["msg"].startswith("1 of the files of a test cannot be had; bad: its bytes have sha256:")
    assert done["msg"].endswith("mend it")
    assert _left(tmp_path / "root") == ["good"]


@pytest.mark.parametrize("served", [b"much longer than it must be", b"", None])
def test_source_that_is_longer_shorter_or_not_there_is_refused(
    server: http.server.ThreadingHTTPServer, tmp_path: Path, served: bytes | None
) -> None:
    _kind(server).files = {} if served is None else {"/one": served}
    done = _from(server, tmp_path / "root", [_file("one", b"exact")])
    assert done["failed"] is True
    assert "one" in done["msg"]
    assert not (tmp_path / "root/one").exists()


def test_what_was_cut_goes_on_where_it_was(server: http.server.ThreadingHTTPServer, tmp_path: Path) -> None:
    kind = _kind(server)
    kind.files, kind.cut = {"/big": BIG}, 1 << 20
    done = _from(server, tmp_path, [_file("big", BIG)])
    assert done["failed"] is True
    assert "Run again: what is there is kept" in done["msg"]
    assert _left(tmp_path) == [".big.part"]
    kind.cut = None
    assert _from(server, tmp_path, [_file("big", BIG)])["changed"] is True
    assert kind.asked == ["/big 0", f"/big {1 << 20}"]
    assert (tmp_path / "big").read_bytes() == BIG
    assert _left(tmp_path) == ["big"]


def test_beginning_that_rotted_meanwhile_is_thrown_away(
    server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    _kind(server).files = {"/big": BIG}
    (tmp_path / ".big.part").write_bytes(b"x" * 1000)
    assert _from(server, tmp_path, [_file("big", BIG)])["changed"] is True
    assert _kind(server).asked == ["/big 1000", "/big 0"]
    assert (tmp_path / "big").read_bytes() == BIG


def test_too_little_space_is_told_before_anything_is_fetched(
    server: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    huge = {**_file("huge", b""), "size": 1 << 60}
    done = _from(server, tmp_path / "root", [huge], what="images")
    assert done["failed"] is True
    assert done["msg"].startswith(f"no space for the images in {tmp_path / 'root'}: 1048576.0 TiB are needed, ")
    assert _kind(server).asked == []


def test_dry_run_tells_and_writes_nothing(server: http.server.ThreadingHTTPServer, tmp_path: Path) -> None:
    done = _from(server, tmp_path / "root", [_file("one", b"1")], _ansible_check_mode=True)
    assert (done["changed"], done["fetched"]) == (True, 1)
    assert not (tmp_path / "root").exists()


def test_sources_in_a_folder_are_taken_from_there(tmp_path: Path) -> None:
    (tmp_path / "medium").mkdir()
    (tmp_path / "medium/one").write_bytes(b"1")
    done = _run(tmp_path / "root", [_file("one", b"1")], url=(tmp_path / "medium").as_uri())
    assert (done["changed"], (tmp_path / "root/one").read_bytes()) == (True, b"1")


def test_source_that_does_not_answer_stops_all_and_is_named(tmp_path: Path) -> None:
    done = _run(tmp_path / "root", [_file("one", b"1")], url="http://127.0.0.1:1")
    assert done["failed"] is True
    assert "Connection refused" in done["msg"]


@pytest.mark.parametrize("path", ["/etc/passwd", "../out", "a/../../out"])
def test_paths_that_leave_the_root_are_refused(tmp_path: Path, path: str) -> None:
    done = _run(tmp_path / "root", [{"path": path, "text": "x", "wave": 0}])
    assert done["failed"] is True
    assert f"not a path below {tmp_path / 'root'}" in done["msg"]
