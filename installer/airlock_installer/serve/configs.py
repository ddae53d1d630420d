"""The configuration files of registry and nginx, as texts: pure functions of paths and ports."""

from __future__ import annotations

from pathlib import Path

from airlock_core import media, strict_yaml
from airlock_installer.layout import Layout
from airlock_installer.serve.endpoints import Endpoints

SERVED = (media.BASEOS, media.FILES, media.CHARTS, media.PYPI, media.COLLECTIONS, media.RELEASE)
"""Folders of the medium that the local repo shows; kickstarts and boot files are nobody's business."""


def registry(storage: Path, endpoints: Endpoints) -> str:
    """The registry's configuration (distribution 2.8, docs/configuration.md): read-only, on the loopback interface.

    TLS and passwords are nginx's: distribution's own htpasswd would also ask those who only read.
    """
    return strict_yaml.dumps(
        {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(storage)},
                "delete": {"enabled": False},
                "maintenance": {"readonly": {"enabled": True}, "uploadpurging": {"enabled": False}},
            },
            "http": {"addr": f"127.0.0.1:{endpoints.backend}", "relativeurls": True},
        }
    )


def nginx(layout: Layout, endpoints: Endpoints, user: str, pid: Path, root: Path) -> str:
    """The configuration of our own nginx (nginx.org/en/docs): local repo, and TLS before the registry.

    Args:
        user: whom its workers run as.
        pid: the file with its process id.
        root: what the local repo shows: the medium, or the copy of it.
    """
    return _NGINX.format(
        user=user,
        pid=pid,
        log=layout.log,
        temporary=layout.state / "nginx",
        root=root,
        served="|".join(str(folder) for folder in SERVED),
        repo=_listen(endpoints, str(endpoints.repo)),
        registry=_listen(endpoints, *(f"{port} ssl" for port in endpoints.registries)),
        backend=endpoints.backend,
        certificate=layout.pki / "registry.crt",
        key=layout.pki / "registry.key",
        htpasswd=layout.htpasswd,
    )


def nginx_pid(layout: Layout) -> Path:
    """Where our nginx writes its process id, as its unit says."""
    return layout.root / "run/airlock-nginx.pid"


def _listen(endpoints: Endpoints, *ports: str) -> str:
    return "\n        ".join(f"listen {address}:{port};" for port in ports for address in endpoints.listens)


_NGINX = """\
# Written by airlock-site; changed there, not here.
user {user};
worker_processes auto;
pid {pid};
error_log {log}/nginx-error.log warn;

events {{
    worker_connections 1024;
}}

http {{
    types {{
        text/html html;
        text/plain txt;
        text/xml xml;
        application/json json;
        application/gzip gz tgz;
        application/x-rpm rpm;
    }}
    default_type application/octet-stream;
    access_log {log}/nginx-access.log combined buffer=16k flush=5s;
    server_tokens off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {temporary}/body;
    proxy_temp_path {temporary}/proxy;
    fastcgi_temp_path {temporary}/fastcgi;
    uwsgi_temp_path {temporary}/uwsgi;
    scgi_temp_path {temporary}/scgi;

    # The local repo: what the medium holds for the nodes. Clients check signatures and digests themselves.
    server {{
        {repo}
        root {root};
        autoindex on;
        location ~ ^/(?:{served})(?:/|$) {{
            limit_except GET {{ deny all; }}
        }}
        location / {{
            return 404;
        }}
    }}

    # The registry: open to read, everything else by password.
    server {{
        {registry}
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3;
        client_max_body_size 0;
        location /v2/ {{
            limit_except GET {{
                auth_basic "airlock registry";
                auth_basic_user_file {htpasswd};
            }}
            proxy_pass http://127.0.0.1:{backend};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto https;
            # What the registry sends goes out in whole TLS records, at half the processor time, and through no file.
            proxy_buffers 16 64k;
            proxy_buffer_size 16k;
            proxy_busy_buffers_size 256k;
            proxy_max_temp_file_size 0;
            proxy_read_timeout 900s;
        }}
        location / {{
            return 404;
        }}
    }}
}}
"""
