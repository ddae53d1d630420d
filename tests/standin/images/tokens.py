"""A token server for a registry that wants bearer tokens: it gives one to whoever knows the password.

Source: distribution's "Token Authentication Specification" and "Token Authentication Implementation" (JWT, RFC 7519,
signed with ES256, the certificate in ``x5c``).
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.standin.pki import Authority, Pair

SERVICE, ISSUER = "standin registry", "standin tokens"


@dataclass
class TokenServer:
    """A running server: its URL, and the tokens that it gave."""

    url: str
    given: list[str] = field(default_factory=list)

    def auth(self, authority: Authority) -> dict[str, object]:
        """The section ``auth`` of a registry that takes its tokens."""
        realm = {"realm": self.url, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": str(authority.file)}
        return {"token": realm}


@contextmanager
def serve(authority: Authority, login: str, identity: str = "") -> Iterator[TokenServer]:
    """Run one with TLS while the block runs.

    ``login`` is the value of Authorization that it wants; ``identity`` a token that it takes in place of that
    ("OAuth2 Token Authentication").
    """
    pair = authority.server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") != login:
                self.send_error(401)
                return
            self._give("token", parse_qs(urlsplit(self.path).query).get("scope", []))

        def do_POST(self) -> None:
            said = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            wanted = {"grant_type": ["refresh_token"], "refresh_token": [identity], "service": [SERVICE]}
            if not identity or self.headers.get("Authorization") or not wanted.items() <= said.items():
                self.send_error(401)
                return
            self._give("access_token", said.get("scope", []))

        def _give(self, name: str, scopes: list[str]) -> None:
            token = _token(pair, scopes)
            running.given.append(token)
            body = json.dumps({name: token}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    running = TokenServer(f"https://127.0.0.1:{server.server_address[1]}/token")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _token(pair: Pair, scopes: list[str]) -> str:
    now = int(time.time())
    der = x509.load_pem_x509_certificate(pair.certificate.read_bytes()).public_bytes(serialization.Encoding.DER)
    head = {"typ": "JWT", "alg": "ES256", "x5c": [base64.b64encode(der).decode()]}
    claims = {
        "iss": ISSUER,
        "sub": "someone",
        "aud": SERVICE,
        "jti": "1",
        "iat": now,
        "nbf": now - 60,
        "exp": now + 600,
        "access": [_access(scope) for scope in scopes],
    }
    signed = f"{_plain(json.dumps(head).encode())}.{_plain(json.dumps(claims).encode())}"
    key = serialization.load_pem_private_key(pair.key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{_plain(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def _access(scope: str) -> dict[str, object]:
    kind, _, rest = scope.partition(":")
    name, _, actions = rest.rpartition(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
