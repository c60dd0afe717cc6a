"""Image hosts: whom this server may fetch images from, as the operator lists them."""

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Self

from onevec.errors import InvalidRequestError, UnsupportedParameterError

USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ImageHosts:
    """A list of hosts and addresses.

    Attributes:
        names: Hosts in lower case, each with the one port that is allowed; None stands for the usual ones.
        networks: Addresses that may be connected to although they are no public ones.
    """

    names: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, entries: tuple[str, ...]) -> Self:
        """The list of `[server] image_hosts`: ``host``, ``host:port``, an address, or a network as ``10.0.0.0/8``.

        A name that leads to addresses which are not public needs these in the list too.

        >>> hosts = ImageHosts.parse(("Images.example.com", "127.0.0.1:8000", "10.0.0.0/8"))
        >>> hosts.admits("10.1.2.3"), hosts.admits("192.168.1.1"), hosts.admits("127.0.0.1")
        (True, False, True)

        Raises:
            ValueError: an entry that is none of these.
        """
        names: set[tuple[str, int | None]] = set()
        networks: list[IPv4Network | IPv6Network] = []
        for entry in entries:
            if "/" in entry:
                networks.append(ipaddress.ip_network(entry))
                continue
            host, port = _host_and_port(entry)
            names.add((host, port))
            if address := _address(host):
                networks.append(ipaddress.ip_network(address))
        return cls(frozenset(names), tuple(networks))

    def __bool__(self) -> bool:
        return bool(self.names)

    def check(self, url: str) -> "Place":
        """Where a URL leads.

        Raises:
            UnsupportedParameterError: to a host that is not listed.
            InvalidRequestError: nowhere that every reader of it would agree on.
        """
        place = Place.of(url)
        host, port = place.host, place.port
        if (host, port) not in self.names and not (place.is_usual and (host, None) in self.names):
            raise UnsupportedParameterError(
                f"this server fetches no images from {host[:100]}: send the image as a data URL, or ask the operator "
                "to list the host in [server] image_hosts",
                param="image",
                code="image_host_not_allowed",
                value=host[:60],
            )
        return place

    def admits(self, address: str) -> bool:
        """Whether an address may be connected to: a public one, or one that is listed."""
        found = ipaddress.ip_address(address.partition("%")[0])
        meant = _translated(found) if isinstance(found, IPv6Address) else found
        public = found.is_global and meant.is_global and not meant.is_multicast
        return public or any(found in network for network in self.networks if network.version == found.version)


PLAIN = re.compile(r"(?i:(?P<scheme>https?)://(?P<host>[a-z0-9.-]*[a-z0-9]|\[[0-9a-f:.]+\]))(?::(?P<port>[0-9]{1,5}))?"
                   r"(?P<rest>(?:[/?][!-\[\]-~]*)?)")  # fmt: skip
"""URLs that all libraries read alike: no user name, no backslash, no character beyond ASCII."""


@dataclass(frozen=True, slots=True)
class Place:
    """A URL that has been taken apart, and put together from its parts again."""

    scheme: str
    host: str
    port: int
    rest: str

    @classmethod
    def of(cls, url: str) -> Self:
        """The parts of a URL.

        >>> Place.of("HTTP://Example.com?a#b").url
        'http://example.com:80/?a'

        Raises:
            InvalidRequestError: it is not plain.
        """
        found = PLAIN.fullmatch(url.partition("#")[0])
        port = int(found["port"] or USUAL_PORTS[found["scheme"].lower()]) if found else 0
        if not found or not 0 < port < 65536:
            raise InvalidRequestError(
                "the address of an image is http://HOST/… or https://HOST/… in ASCII, without a user name",
                param="image",
                value=url[:60],
            )
        rest = found["rest"] if found["rest"].startswith("/") else f"/{found['rest']}"
        return cls(found["scheme"].lower(), found["host"].lower().strip("[]"), port, rest)

    @property
    def url(self) -> str:
        """The URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.rest}"

    @property
    def is_usual(self) -> bool:
        """Whether its port is that of its scheme."""
        return self.port == USUAL_PORTS[self.scheme]


NAT64 = IPv6Network("64:ff9b::/96")


def _translated(address: IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that one of IPv6 leads to, where a router translates; else itself."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _host_and_port(entry: str) -> tuple[str, int | None]:
    try:
        place = Place.of(f"http://{entry}")
    except InvalidRequestError as exc:
        raise ValueError(f"{entry!r} is no host") from exc
    if place.rest != "/" or entry.endswith("/"):
        raise ValueError(f"{entry!r} is more than a host")
    return place.host, place.port if re.search(r":[0-9]+$", entry.rpartition("]")[2]) else None


def _address(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None
