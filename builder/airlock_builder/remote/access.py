"""How a repository is reached: its proxy, its authorities, and what it asks for before it answers.

Manifests name environment variables, never the secrets in them. So does :class:`Access`; what :meth:`Access.opened`
makes of it has them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from airlock_builder.remote.guard import DIRECT, Guard, origin
from airlock_core.errors import AirlockError, InputError, raise_all
from airlock_core.values import Value

__all__ = ["DIRECT", "UNGUARDED", "Access", "Login"]


class Login(Value):
    """The names of two variables: of the user's name, and of the password."""

    username_env: str
    password_env: str


class Access(Value):
    """How one repository is reached.

    Args:
        proxy: its URL, without credentials; :data:`DIRECT` for none; None for what the environment says.
        proxy_login: what the proxy wants.
        ca: file (or folder, as `openssl rehash` leaves it) of the authorities that may vouch for its servers, in place
            of the system's.
        client_cert: file of the certificate that its servers ask for, with its chain.
        client_key: file of its key; None where the certificate's file holds it.
        basic: credentials of basic authentication.
        bearer: name of the variable that holds a token.
    """

    proxy: str | None = None
    proxy_login: Login | None = None
    ca: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    basic: Login | None = None
    bearer: str | None = None

    def opened(self, environment: Mapping[str, str], urls: Iterable[str], *, where: str) -> Guard:
        """The same with the secrets themselves.

        Args:
            environment: where the variables are.
            urls: what the manifest names: their servers are told the secrets, and no others.
            where: the repository, for errors.

        Raises:
            InputError, Faults: variables that are not set or cannot be sent; certificates that cannot be used.
        """
        faults: list[AirlockError] = [*self._unset(environment, where), *_unusable(self, where)]
        raise_all(f"{where} cannot be reached as the manifest says", faults)
        secrets = {name: environment[name] for _, name in self._variables()}
        return Guard(
            proxy=self._proxy(secrets),
            proxy_variables=_names(self.proxy_login),
            ca=str(self.ca) if self.ca else None,
            certificate=self._certificate(),
            authorization=self._authorization(secrets),
            variables=(self.bearer,) if self.bearer else _names(self.basic),
            told=frozenset(origin(url) for url in urls),
            secrets=tuple(secrets.values()),
        )

    def _variables(self) -> Iterator[tuple[str, str]]:
        """Each variable with its key in the manifest."""
        if self.proxy_login:
            yield "proxy.username_env", self.proxy_login.username_env
            yield "proxy.password_env", self.proxy_login.password_env
        if self.basic:
            yield "auth.basic.username_env", self.basic.username_env
            yield "auth.basic.password_env", self.basic.password_env
        if self.bearer:
            yield "auth.bearer.token_env", self.bearer

    def _unset(self, environment: Mapping[str, str], where: str) -> Iterator[AirlockError]:
        for key, name in self._variables():
            value = environment.get(name, "")
            if not value:
                todo = f"set {name} to the secret, or correct the name"
                yield InputError(f"the variable {name} is not set", where=f"{where}: {key}", todo=todo)
            elif not _can_be_sent(key, value):
                what = f"the variable {name} holds what no server can be sent here: a line's end, say"
                yield InputError(what, where=f"{where}: {key}", todo=f"set {name} to the secret alone")

    def _proxy(self, secrets: Mapping[str, str]) -> str | None:
        if self.proxy is None or self.proxy_login is None:
            return self.proxy
        # requests sends them as Latin-1, and RFC 7617 wants UTF-8
        user, password = (quote(secrets[name].encode().decode("latin-1"), safe="") for name in _names(self.proxy_login))
        parts = urlsplit(self.proxy)
        return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc}"))

    def _certificate(self) -> str | tuple[str, str] | None:
        if self.client_cert is None:
            return None
        return (str(self.client_cert), str(self.client_key)) if self.client_key else str(self.client_cert)

    def _authorization(self, secrets: Mapping[str, str]) -> str | None:
        if self.bearer:
            return f"Bearer {secrets[self.bearer]}"
        if self.basic:
            pair = f"{secrets[self.basic.username_env]}:{secrets[self.basic.password_env]}"
            return f"Basic {base64.b64encode(pair.encode()).decode()}"
        return None


UNGUARDED = Access()
"""As any host is reached of which the manifest says nothing."""


def _can_be_sent(key: str, value: str) -> bool:
    """A token is of visible ASCII (RFC 6750, 2.1); a name has no colon, and nothing has controls (RFC 7617, 2)."""
    if key.endswith("token_env"):
        return value.isascii() and value.isprintable() and " " not in value
    return value.isprintable() and not (key.endswith("username_env") and ":" in value)


def _names(login: Login | None) -> tuple[str, ...]:
    return (login.username_env, login.password_env) if login else ()


def _unusable(access: Access, where: str) -> Iterator[AirlockError]:
    """Files that OpenSSL cannot use, found out before a server is asked: the library's own words say too little."""
    import ssl  # a run on files alone need not wait for it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if access.ca and access.ca.is_file():
        try:
            context.load_verify_locations(cafile=access.ca)
        except (OSError, ValueError) as error:
            todo = "give a file of certificates in PEM form"
            yield InputError(f"holds no certificate: {access.ca}", where=f"{where}: ca", why=_why(error), todo=todo)
    if access.client_cert:
        asked: list[None] = []

        def password() -> str:
            asked.append(None)
            return ""

        try:
            context.load_cert_chain(access.client_cert, access.client_key, password)
        except (OSError, ValueError) as error:
            files = f"{access.client_cert}" + (f" with {access.client_key}" if access.client_key else "")
            why = "the key is encrypted" if asked else _why(error)
            todo = "give a certificate and its key in PEM form, the key without a passphrase and readable by you alone"
            yield InputError(f"cannot be used: {files}", where=f"{where}: client_cert", why=why, todo=todo)


def _why(error: Exception) -> str:
    reason = str(getattr(error, "reason", "") or "").replace("_", " ").lower()
    return reason or getattr(error, "strerror", "") or str(error)
