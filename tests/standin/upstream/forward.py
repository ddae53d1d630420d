"""Answers from another server: so that faults can stand before the real registry."""

from contextlib import closing
from http.client import HTTPConnection, HTTPResponse

from tests.standin.upstream.reply import CHUNK, Asked, Reply, Source

SECONDS = 60.0
_ASKED = ("Accept", "Authorization", "Range", "If-None-Match", "If-Range")
_OF_ONE_CONNECTION = ("connection", "date", "server", "transfer-encoding", "keep-alive")


def source(address: str) -> Source:
    """Return answers of the server at ``address`` (HOST:PORT)."""

    def answer(asked: Asked) -> Reply:
        # a header may stand there several times, and skopeo sends one Accept for each media type
        headers = {name: ", ".join(values) for name in _ASKED if (values := asked.headers.get_all(name))}
        with closing(HTTPConnection(address, timeout=SECONDS)) as connection:
            connection.request(asked.method, asked.target, headers=headers)
            return _reply(connection.getresponse())

    return answer


def _reply(response: HTTPResponse) -> Reply:
    headers = {k: v for k, v in response.getheaders() if k.lower() not in _OF_ONE_CONNECTION}
    part = headers.get("Content-Range", "").removeprefix("bytes ")
    start = int(part.split("-")[0]) if response.status == 206 else 0
    data = response.read()  # whole: the stand-in's layers are small, and a source then has nothing left to close
    return Reply(response.status, headers, (data[at : at + CHUNK] for at in range(0, len(data), CHUNK)), start=start)
