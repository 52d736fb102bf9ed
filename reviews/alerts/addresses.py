"""Which addresses are of the open internet: nothing is posted anywhere else. Pure.

A list of what may be reached, less what is set aside inside it (IANA's two registries of special
addresses): the library's own `is_global` lacks some, and learns of others with each new version.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

GLOBAL_V6 = ip_network("2000::/3")
SET_ASIDE = [
    ip_network(one)
    for one in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # between providers and their customers
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, where clouds answer with credentials
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast tunnels (AMT)
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # protocol assignments; Teredo, benchmarks and ORCHID among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address is inside
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the old test network
        "3fff::/20",  # documentation
    )
]
# An interface that tunnels to the IPv4 address in its last half (ISATAP).
TUNNELS = (0x00005EFE, 0x02005EFE)


def is_public(address: str) -> bool:
    """True for an address of the open internet.

    >>> [is_public(one) for one in ("1.1.1.1", "10.0.0.1", "169.254.169.254", "192.0.0.8")]
    [True, False, False, False]
    >>> [is_public(one) for one in ("::ffff:1.1.1.1", "::1.1.1.1", "fec0::1", "5f00::1")]
    [False, False, False, False]
    >>> [is_public(one) for one in ("fe80::1%eth0", "64:ff9b::a00:1", "224.0.0.1", "2606:4700::1")]
    [False, False, False, True]
    """
    plain = ip_address(address)
    if any(plain in one for one in SET_ASIDE if one.version == plain.version):
        return False
    return isinstance(plain, IPv4Address) or _is_public_v6(plain)


def _is_public_v6(plain: IPv6Address) -> bool:
    """Only global unicast: mapped and compatible IPv4, NAT64, site-local, segment routing and
    multicast lie outside of it."""
    is_tunnel = (int(plain) >> 32) & 0xFFFFFFFF in TUNNELS
    return plain in GLOBAL_V6 and plain.scope_id is None and not is_tunnel


def is_loopback(address: str) -> bool:
    """True for an address of this machine itself.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("10.0.0.1")
    (True, True, False)
    """
    return ip_address(address).is_loopback
