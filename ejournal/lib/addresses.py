"""Where a request came from. A forwarded address is believed only from a proxy that the settings name."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.http import HttpRequest

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@lru_cache(maxsize=8)
def _networks(names: tuple[str, ...]) -> list[Network]:
    return [ip_network(name, strict=False) for name in names]


def _read(text: str) -> Address | None:
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_address(request: HttpRequest, *, proxies: Iterable[str]) -> Address | None:
    """The address nearest to the person: of X-Forwarded-For, read from its end, the first that is no trusted proxy.

    Anybody may send that header, so nothing before an untrusted address is believed.
    """
    trusted = _networks(tuple(proxies))
    address = _read(request.META.get("REMOTE_ADDR", ""))
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while address is not None and forwarded and any(address in network for network in trusted):
        nearer = _read(forwarded.pop())
        if nearer is None:
            break
        address = nearer
    return address


def is_within(address: Address | None, *, networks: Iterable[str]) -> bool | None:
    """Whether an address lies in one of the networks; None where none is named or the address is not known."""
    named = _networks(tuple(networks))
    if not named or address is None:
        return None
    return any(address in network for network in named)
