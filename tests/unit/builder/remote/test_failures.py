"""Failures of the network in words."""

from __future__ import annotations

import socket
import ssl

import requests

from airlock_builder.remote.failures import LATER, cause, unreachable

URL = "https://repo.test/os/repodata/repomd.xml"


def test_where_a_refusal_of_a_certificate_may_be_lost_it_is_thought_of() -> None:
    """A server's alert is thrown away with its connection, where more was sent to it meanwhile."""
    why = cause(requests.exceptions.SSLError(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")))
    assert "may want a client's certificate" in why
    assert "client_cert and client_key" in unreachable(URL, why, asked=URL, attempts=4).todo


def test_a_host_that_has_no_address_is_misspelt_or_out_of_sight() -> None:
    why = cause(requests.exceptions.ConnectionError(socket.gaierror(socket.EAI_NONAME, "Name or service not known")))
    assert "correct the name of the host" in unreachable(URL, why, asked=URL, attempts=4).todo


def test_other_failures_pass_by_themselves() -> None:
    why = cause(requests.exceptions.ConnectionError(ConnectionResetError(104, "Connection reset by peer")))
    assert why == "Connection reset by peer"
    assert unreachable(URL, why, asked=URL, attempts=4).todo == LATER
