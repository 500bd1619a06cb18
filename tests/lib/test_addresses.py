"""Where a request came from: forwarded addresses are believed from named proxies only."""

from ipaddress import ip_address

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory

from ejournal.lib import env
from ejournal.lib.addresses import client_address, is_within

PROXIES = ["192.0.2.0/24", "2001:db8::/32"]


@pytest.mark.parametrize(
    ("sender", "forwarded", "found"),
    [
        ("8.8.8.8", "", "8.8.8.8"),
        ("8.8.8.8", "10.0.0.1", "8.8.8.8"),  # no proxy of ours: what it says is not believed
        ("192.0.2.1", "10.0.0.1", "10.0.0.1"),
        ("192.0.2.1", " 10.0.0.1 ", "10.0.0.1"),
        ("192.0.2.1", "10.0.0.1, 192.0.2.2", "10.0.0.1"),  # two proxies in a row
        ("192.0.2.1", "10.0.0.1, 8.8.8.8, 192.0.2.2", "8.8.8.8"),  # 8.8.8.8 claims the rest
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "nonsense", "192.0.2.1"),
        ("192.0.2.1", "10.0.0.1, nonsense", "192.0.2.1"),
        ("2001:db8::1", "2a00::5", "2a00::5"),
        ("::ffff:192.0.2.1", "::ffff:10.0.0.1", "10.0.0.1"),
    ],
)
def test_client_address(sender: str, forwarded: str, found: str) -> None:
    extra = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR=sender, **extra)
    assert client_address(request, proxies=PROXIES) == ip_address(found)


def test_address_of_a_socket_is_not_known() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="", HTTP_X_FORWARDED_FOR="10.0.0.1")
    assert client_address(request, proxies=PROXIES) is None


@pytest.mark.parametrize(
    ("address", "networks", "within"),
    [
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("11.1.2.3", ["10.0.0.0/8"], False),
        ("2a00::5", ["10.0.0.0/8", "2a00::/16"], True),
        ("10.1.2.3", [], None),
        (None, ["10.0.0.0/8"], None),
    ],
)
def test_is_within(address: str | None, networks: list[str], within: bool | None) -> None:
    assert is_within(ip_address(address) if address else None, networks=networks) is within


def test_networks_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMPUS_NETWORKS", "10.0.0.0/8, 2001:db8::1")
    assert env.networks("CAMPUS_NETWORKS") == ["10.0.0.0/8", "2001:db8::1"]
    monkeypatch.setenv("CAMPUS_NETWORKS", "10.0.0.0/8, campus")
    with pytest.raises(ImproperlyConfigured, match="'campus'"):
        env.networks("CAMPUS_NETWORKS")
