"""The programs: which Debian packages make up which RPM, under EL's names, with EL's users and units."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class User:
    """A system user, made by %pre with a group of the same name."""

    name: str
    home: str
    comment: str


@dataclass(frozen=True)
class Program:
    """One RPM: its name, the Debian packages in it, and where it differs from them.

    ``moved`` maps Debian's paths to EL's, ``attributes`` maps paths to "mode,user,group" as %attr takes them.
    Files under overlay/<name>/ are added last.
    """

    name: str
    debs: tuple[str, ...]
    users: tuple[User, ...] = ()
    units: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    provides: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    directories: tuple[str, ...] = ()


NGINX = Program(
    "nginx",
    ("nginx", "nginx-common"),
    users=(User("nginx", "/var/lib/nginx", "Nginx web server"),),
    units=("nginx.service",),
    dropped=("/etc/nginx/sites-available", "/etc/nginx/snippets"),
    attributes={"/var/lib/nginx": "0770,nginx,root", "/var/log/nginx": "0711,root,root"},
    provides=("webserver", "nginx-core", "nginx-filesystem"),
    directories=("/etc/nginx/conf.d", "/etc/nginx/default.d", "/var/lib/nginx", "/var/log/nginx"),
)

PROGRAMS = (
    NGINX,
    Program(
        "docker-distribution",
        ("docker-registry",),
        units=("docker-distribution.service",),
        moved={"/usr/bin/docker-registry": "/usr/bin/registry"},
        dropped=("/etc/docker", "/usr/lib/systemd/system/docker-registry.service"),
        directories=("/var/lib/registry",),
    ),
    Program(
        "chrony",
        ("chrony",),
        users=(User("chrony", "/var/lib/chrony", "chrony system user"),),
        units=("chronyd.service",),
        dropped=(
            "/etc/chrony",
            "/etc/dhcp",
            "/usr/lib/systemd/system/chrony.service",
            "/usr/share/chrony",
            "/usr/lib/systemd/system/chrony-dnssrv@.service",
            "/usr/lib/systemd/system/chrony-dnssrv@.timer",
            "/usr/lib/NetworkManager",
            "/usr/lib/networkd-dispatcher",
            "/usr/libexec",
        ),
        attributes={
            "/etc/chrony.keys": "0640,root,chrony",
            "/var/lib/chrony": "0750,chrony,chrony",
            "/var/log/chrony": "0750,chrony,chrony",
        },
        # The binary was compiled with Debian's path; a bare `chronyd` then reads EL's file.
        links={"/etc/chrony/chrony.conf": "../chrony.conf"},
        directories=("/var/lib/chrony", "/var/log/chrony"),
    ),
    Program(
        "haproxy",
        ("haproxy",),
        users=(User("haproxy", "/var/lib/haproxy", "haproxy"),),
        units=("haproxy.service",),
        dropped=("/etc/haproxy/errors", "/etc/rsyslog.d", "/usr/lib/tmpfiles.d", "/usr/sbin/halog"),
        directories=("/var/lib/haproxy", "/etc/haproxy/conf.d"),
    ),
    Program(
        "keepalived",
        ("keepalived",),
        units=("keepalived.service",),
        dropped=("/usr/share/snmp", "/etc/keepalived/keepalived.conf.sample"),
        directories=("/usr/libexec/keepalived",),
    ),
    Program(
        "openssh-server",
        ("openssh-server", "openssh-sftp-server"),
        users=(User("sshd", "/run/sshd", "Privilege-separated SSH"),),
        units=("sshd.service",),
        dropped=(
            "/usr/lib/systemd/system/ssh.service",
            "/usr/lib/systemd/system/ssh.socket",
            "/usr/share/openssh",
            "/usr/lib/systemd/system/rescue-ssh.target",
        ),
        attributes={"/etc/ssh/sshd_config": "0600,root,root"},
        links={"/usr/libexec/openssh/sftp-server": "../../lib/openssh/sftp-server"},
        directories=("/etc/ssh/sshd_config.d",),
    ),
    Program("openssh-clients", ("openssh-client",), provides=("openssh",), dropped=("/usr/lib/systemd/user",)),
    Program("skopeo", ("skopeo",)),
    Program(
        "containers-common",
        ("golang-github-containers-common", "golang-github-containers-image"),
        dropped=("/etc/containers/registries.conf.d/shortnames.conf",),
        directories=("/etc/containers/registries.d", "/etc/containers/registries.conf.d"),
    ),
    Program("jq", ("jq",)),
    Program("tree", ("tree",)),
    Program("python3.11-pip-wheel", ("python3-pip-whl",)),
    Program("python3.11-setuptools-wheel", ("python3-setuptools-whl",)),
    Program("perl-libs", ("libperl5.36",), dropped=("/usr/lib/x86_64-linux-gnu/perl", "/usr/share/perl")),
    Program("oniguruma", ("libonig5",)),
    Program("libnl3", ("libnl-3-200", "libnl-genl-3-200")),
    Program("net-snmp-libs", ("libsnmp40", "libsnmp-base"), dropped=("/usr/share/snmp/mibs",)),
    Program("lm_sensors-libs", ("libsensors5", "libsensors-config")),
    Program("pciutils-libs", ("libpci3",)),
    Program("hwdata", ("pci.ids",)),
    Program("tcp_wrappers-libs", ("libwrap0",)),
    Program("libedit", ("libedit2",)),
    Program("libfido2", ("libfido2-1",)),
    Program("libcbor", ("libcbor0.8",)),
    Program("opentracing-cpp", ("libopentracing1",)),
)

# Asked for by name; their requirements follow.
REQUESTED = ("nginx", "docker-registry", "chrony", "haproxy", "keepalived", "openssh-server", "openssh-client",
             "sshpass", "skopeo", "jq", "tree", "python3-pip-whl", "python3-setuptools-whl")  # fmt: skip

# RPMs that need more than their Debian packages say.
ALSO_REQUIRED = {
    "openssh-server": ("openssh-clients",),
    "haproxy": (),
}


def program_of(deb: str) -> Program:
    """Return the program that Debian package ``deb`` is part of: one of its own name when none is listed."""
    listed = [program for program in PROGRAMS if deb in program.debs]
    return listed[0] if listed else Program(deb, (deb,))
