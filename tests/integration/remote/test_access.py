"""Repositories behind TLS, credentials and proxies, against real servers of each kind."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from airlock_builder.remote.access import DIRECT, Access, Login
from airlock_builder.remote.failures import StatusError
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.repositories import Repositories, RepoSource
from airlock_builder.remote.traffic import Traffic
from airlock_builder.remote.transport import Transport
from airlock_core.errors import UpstreamError
from tests.standin.fixtures import SMALL
from tests.standin.pki import Authority
from tests.standin.run import run as tool
from tests.standin.upstream import files, proxy
from tests.standin.upstream.guarded import Guarded, basic
from tests.standin.upstream.server import FaultyServer, serve

pytestmark = pytest.mark.integration

REPO = SMALL / "rpms"
PATH = "/os/repodata/repomd.xml"
BODY = (REPO / "repodata/repomd.xml").read_bytes()
SECRETS = {"NAME": "änna", "WORD": "canäry:1 2", "TOKEN": "canary-token", "P_NAME": "proxy", "P_WORD": "canary%proxy"}
LOGIN, TOKEN = Login("NAME", "WORD"), "TOKEN"
WORD = basic(SECRETS["NAME"], SECRETS["WORD"])
PROXY = Login("P_NAME", "P_WORD")


@dataclass(frozen=True)
class Host:
    """One server and what it was told."""

    server: FaultyServer
    guarded: Guarded
    scheme: str

    @property
    def base(self) -> str:
        return f"{self.scheme}://localhost:{self.server.server_port}/os"

    @property
    def heard(self) -> list[str | None]:
        return self.guarded.heard


Start = Callable[..., Host]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


@pytest.fixture
def start(authority: Authority) -> Iterator[Start]:
    with ExitStack() as stack:

        def started(
            wanted: str | None = None,
            *,
            tls: bool = False,
            wants_client: bool = False,
            version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
        ) -> Host:
            guarded = Guarded(files.source({"/os": REPO}), wanted)
            context = authority.context(wants_client=wants_client) if tls or wants_client else None
            if context:
                context.maximum_version = version
            server = stack.enter_context(serve(guarded, context))
            return Host(server, guarded, "https" if context else "http")

        yield started


def get(access: Access, url: str, *named: str, hosts: dict[str, str] | None = None) -> bytes:
    """A document of a repository that stands where ``named`` says, else where the URL does."""
    with HttpClient(Mirrors(hosts or {}), attempts=2, pause=0.01) as http:
        source = RepoSource("r", named or (url.removesuffix(PATH) + "/os",), access=access)
        return Repositories(http, [source], Path("/nowhere"), environment=SECRETS).get("r", url, limit=1 << 20)


def at(host: Host) -> str:
    return f"{host.base}/repodata/repomd.xml"


def assert_hidden(error: BaseException) -> None:
    text = f"{error}{error!r}{error.__cause__!r}"
    assert not [secret for secret in (*SECRETS.values(), WORD) if secret in text and secret != "proxy"]


def test_a_server_is_trusted_by_the_repos_own_authority_alone(
    start: Start, authority: Authority, tmp_path: Path
) -> None:
    host = start(tls=True)
    assert get(Access(ca=authority.file), at(host)) == BODY
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / "one.pem").write_bytes(authority.file.read_bytes())
    tool("openssl", "rehash", folder)
    assert get(Access(ca=folder), at(host)) == BODY
    for access in (Access(), Access(ca=Authority(tmp_path / "another").file)):
        with pytest.raises(UpstreamError, match="its certificate is not trusted") as caught:
            get(access, at(host))
        assert "the repo's ca" in caught.value.todo
        assert "attempts" not in caught.value.why, "no second attempt mends that"


def test_authorities_are_read_once_for_a_server_and_not_for_each_connection(
    start: Start, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    real = ssl.SSLContext.load_verify_locations

    def counted(context: ssl.SSLContext, *files: object, **named: object) -> None:
        read.extend([*files, *named.values()])
        real(context, *files, **named)  # type: ignore[arg-type]

    hosts = [start(tls=True), start(tls=True)]
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    transport = Transport(Mirrors(), Traffic(), offline=False, attempts=1, pause=0)
    with closing(transport), ExitStack() as stack:
        for host in hosts * 3:
            stack.enter_context(
                transport.request("GET", at(host))
            )  # its body is not read: the next is another connection
    assert [one for one in read if one] == [str(authority.file)] * len(hosts)


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (ssl.TLSVersion.TLSv1_2, "the server refuses this client's certificate, or the lack of one"),
        # its alert may be lost with the connection that it closes
        (ssl.TLSVersion.TLSv1_3, "refuses this client's certificate|may want a client's certificate|reset"),
    ],
)
def test_a_server_that_wants_a_certificate_gets_it(
    version: ssl.TLSVersion, said: str, start: Start, authority: Authority
) -> None:
    host = start(wants_client=True, version=version)
    pair = authority.client()
    access = Access(ca=authority.file, client_cert=pair.certificate, client_key=pair.key)
    assert get(access, at(host)) == BODY
    with pytest.raises(UpstreamError, match=said):
        get(Access(ca=authority.file), at(host))


def test_a_connection_with_a_certificate_is_no_others(start: Start, authority: Authority) -> None:
    host = start(wants_client=True)
    pair = authority.client()
    with HttpClient(attempts=1) as http:
        access = Access(ca=authority.file, client_cert=pair.certificate, client_key=pair.key)
        sources = [RepoSource("with", (host.base,), access=access)]
        sources += [RepoSource("without", (host.base,), access=Access(ca=authority.file))]
        repositories = Repositories(http, sources, Path("/nowhere"))
        assert repositories.get("with", at(host), limit=1 << 20) == BODY
        with pytest.raises(UpstreamError):
            repositories.get("without", at(host), limit=1 << 20)


@pytest.mark.parametrize(
    ("access", "wanted"), [(Access(basic=LOGIN), WORD), (Access(bearer=TOKEN), "Bearer canary-token")]
)
def test_credentials_open_what_wants_them(access: Access, wanted: str, start: Start) -> None:
    host = start(wanted)
    assert get(access, at(host)) == BODY
    with pytest.raises(StatusError, match="401 Unauthorized") as caught:
        get(Access(), at(host))
    assert "under its auth" in caught.value.todo


def test_credentials_that_are_refused_are_named_by_their_variables(start: Start) -> None:
    host = start("another")
    with pytest.raises(StatusError, match="401 Unauthorized") as caught:
        get(Access(basic=LOGIN), at(host))
    assert caught.value.todo == "correct what stands in NAME and WORD: it was sent and is refused"
    assert_hidden(caught.value)


def test_a_redirection_to_another_server_is_followed_without_credentials(start: Start) -> None:
    first, second = start("Bearer canary-token"), start()
    first.server.faults.redirect(PATH, at(second))
    assert get(Access(bearer=TOKEN), at(first)) == BODY
    assert (first.heard, second.heard) == (["Bearer canary-token"], [None])


def test_a_redirection_within_a_server_keeps_them(start: Start) -> None:
    host = start("Bearer canary-token")
    host.server.faults.redirect("/os/moved", PATH)
    assert get(Access(bearer=TOKEN), f"{host.base}/moved") == BODY
    assert host.heard == ["Bearer canary-token"] * 2


def test_a_redirection_from_tls_to_clear_text_is_not_followed(start: Start, authority: Authority) -> None:
    host = start(tls=True)
    host.server.faults.redirect(PATH, "http://elsewhere.test/os")
    with proxy.serve({}) as between, pytest.raises(UpstreamError, match="from https to plain http"):
        get(Access(ca=authority.file, bearer=TOKEN, proxy=between.url), at(host))
    assert between.seen == []


def test_a_mirror_of_a_list_is_told_nothing_that_the_manifest_did_not_mean_for_it(start: Start) -> None:
    listing, other = start("Bearer canary-token"), start()
    with HttpClient(attempts=1) as http:
        source = RepoSource("r", mirrorlist=f"{listing.base}/list", access=Access(bearer=TOKEN))
        listing.server.faults.replace("/os/list", f"{other.base}\n{listing.base}\n".encode())
        repositories = Repositories(http, [source], Path("/tmp/nowhere"), environment=SECRETS)
        other.server.faults.status("*", 404, times=1)
        assert repositories.get_range("r", f"{other.base}/repodata/repomd.xml", 0, 5, lambda _, data: data) == BODY[:5]
    assert other.heard == [None]
    assert set(listing.heard) == {"Bearer canary-token"}


def test_a_mirror_that_the_command_line_names_is_told(start: Start) -> None:
    host = start("Bearer canary-token")
    url = "https://repo.test/os/repodata/repomd.xml"
    hosts = {"repo.test": host.server.address}
    assert get(Access(bearer=TOKEN), url, "https://repo.test/os", hosts=hosts) == BODY


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_is_gone_through_with_its_own_credentials(scheme: str, start: Start, authority: Authority) -> None:
    host = start("Bearer canary-token", tls=scheme == "https")
    places = {"repo.test": host.server.address, "repo.test:443": host.server.address}
    url = f"{scheme}://repo.test{PATH}"
    with proxy.serve(places, basic("proxy", "canary%proxy")) as between:
        access = Access(proxy=between.url, proxy_login=PROXY, bearer=TOKEN, ca=authority.file)
        assert get(access, url, f"{scheme}://repo.test/os") == BODY
    assert between.seen == [f"GET {url}" if scheme == "http" else "CONNECT repo.test:443"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses_its_credentials_is_named(scheme: str) -> None:
    with proxy.serve({}, "another") as p:
        url = f"{scheme}://repo.test{PATH}"
        with pytest.raises(UpstreamError, match="407") as caught:
            get(Access(proxy=p.url, proxy_login=PROXY), url)
        assert caught.value.todo == "correct what stands in P_NAME and P_WORD: it was sent and is refused"
        assert_hidden(caught.value)
        with pytest.raises(UpstreamError, match="407") as caught:
            get(Access(proxy=p.url), url)
        assert "under a repo's proxy" in caught.value.todo
        assert len(p.seen) == 2, "no second attempt mends that"


def test_a_proxy_that_is_down_is_said_to_be_the_proxy() -> None:
    with pytest.raises(UpstreamError, match="its proxy: Connection refused"):
        get(Access(proxy="http://127.0.0.1:9"), f"http://repo.test{PATH}")


def test_a_repo_may_go_directly_whatever_the_environment_says(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy.serve({"repo.test": "127.0.0.1:9"}) as p:
        monkeypatch.setenv("http_proxy", p.url)
        monkeypatch.setenv("no_proxy", "")
        with pytest.raises(UpstreamError):
            get(Access(proxy=DIRECT), f"http://repo.test{PATH}")
        assert p.seen == []
        with pytest.raises(UpstreamError):
            get(Access(), f"http://repo.test{PATH}")
        assert p.seen
