#!/usr/bin/python
"""Ask a registry or a repo whether it serves what it must: each path, its length, its digest. It only looks.

It runs on the nodes, under Python 3.6 there. Source of the paths: OCI distribution specification, end-2, end-3, end-8a.
"""

import hashlib
import http.client
import json
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: served
short_description: Whether a registry or a repo serves what it must
description: Asks for each path, and compares length and digest; changes nothing.
options:
  url: {description: Scheme, host and port., type: str, required: true}
  ca: {description: The certificate that https must come from., type: path}
  accept: {description: Types of content that are asked for., type: str, default: "*/*"}
  files:
    description: Each with C(path), C(digest) and C(name); C(size) where the length is enough to know it by.
    type: list
    elements: dict
    required: true
  catalog: {description: Whether the registry is asked for its catalog and its tags., type: bool, default: false}
  timeout: {description: Seconds without a byte after which it counts as silent., type: float, default: 20}
author: airlock
"""
RETURN = """
fault: {description: Why it does not answer; empty where it does., returned: always, type: str}
wrong: {description: What is not served as it must be, and why., returned: always, type: dict}
catalog: {description: All repositories of the registry., returned: always, type: list}
images:
  description: All images of the registry by repository and tag, or by the repository alone where it has no tag.
  returned: always
  type: list
"""

MANIFESTS = "/manifests/"
MAX_PAGES = 1000


class Server:
    """A server, by one connection."""

    def __init__(self, url: str, ca: "str | None", accept: str, timeout: float) -> None:
        parts = urlsplit(url)
        place = (str(parts.hostname), parts.port)
        self.accept = accept
        if parts.scheme == "https":
            context = trusting(ca)
            self.connection = http.client.HTTPSConnection(*place, timeout=timeout, context=context)
        else:
            self.connection = http.client.HTTPConnection(*place, timeout=timeout)  # type: ignore[assignment]

    def ask(self, method: str, path: str) -> "tuple[int, Any, bytes]":
        """Status, headers and body of an answer."""
        self.connection.request(method, path, headers={"Accept": self.accept})
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()


def trusting(ca: "str | None") -> ssl.SSLContext:
    """What trusts one certificate."""
    if ca and not Path(ca).is_file():
        raise FileNotFoundError(f"there is no {ca}")
    return ssl.create_default_context(cafile=ca)


def look(server: Server, entry: "dict[str, Any]") -> str:
    """Why a path is not served as it must be; empty where it is."""
    path, digest = quote(entry["path"], safe="/:@"), entry["digest"]
    if "size" not in entry:
        status, _, body = server.ask("GET", path)
        kind = digest.partition(":")[0]
        found = f"{kind}:{hashlib.new(kind, body).hexdigest()}"
    else:
        status, headers, _ = server.ask("HEAD", path)
        # Of a blob the registry tells what it was asked for; only of a manifest what it has.
        found = headers.get("Docker-Content-Digest", digest) if MANIFESTS in path else digest
        length = headers.get("Content-Length", "")
        if status == http.client.OK and found == digest and length != str(entry["size"]):
            return "{} has {} bytes, and must have {}".format(path, length or "no", entry["size"])
    if status != http.client.OK:
        return f"{path} answers with status {status}"
    return "" if found == digest else f"{path} is {found}, and must be {digest}"


def repositories(server: Server) -> "list[str]":
    """All repositories."""
    return paged(server, "/v2/_catalog?n=500", "repositories")


def images(server: Server, names: "list[str]") -> "list[str]":
    """All images of repositories by ``repository:tag``, and by the repository alone where nothing in it has a tag."""
    found = []  # type: list[str]
    for name in names:
        tags = paged(server, f"/v2/{quote(name)}/tags/list?n=500", "tags")
        found += [f"{name}:{tag}" for tag in tags] or [name]
    return found


def paged(server: Server, path: str, what: str) -> "list[str]":
    """A list of the registry's, page by page; empty where there is no such list, as of a repository without a tag."""
    found = []  # type: list[str]
    for _ in range(MAX_PAGES):
        status, headers, body = server.ask("GET", path)
        if status == http.client.NOT_FOUND:
            break
        if status != http.client.OK:
            raise OSError(f"{path} answers with status {status}")
        found += json.loads(body.decode()).get(what) or []
        path = headers.get("Link", "").partition(">")[0].lstrip("<")
        if not path:
            break
    return found


def main() -> None:
    """The module."""
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "ca": {"type": "path"},
            "accept": {"type": "str", "default": "*/*"},
            "files": {"type": "list", "elements": "dict", "required": True},
            "catalog": {"type": "bool", "default": False},
            "timeout": {"type": "float", "default": 20},
        },
        supports_check_mode=True,
    )
    given, fault, wrong = module.params, "", {}  # type: ignore[var-annotated]
    catalog, found = [], []  # type: tuple[list[str], list[str]]
    try:
        server = Server(given["url"], given["ca"], given["accept"], given["timeout"])
        for entry in given["files"]:
            why = look(server, entry)
            if why:
                wrong.setdefault(entry["name"], why)
        if given["catalog"]:
            catalog = repositories(server)
            found = images(server, catalog)
    except (OSError, http.client.HTTPException, ValueError) as error:
        fault = str(error) or type(error).__name__
    # Without the list that it was given: it would be thousands of lines of the log.
    told = {"fault": fault, "wrong": wrong, "catalog": sorted(catalog), "images": sorted(found)}
    module.exit_json(changed=False, invocation={}, **told)


if __name__ == "__main__":
    main()
