"""Resolves a host's name, and refuses addresses that hand out a machine's credentials: link-local and metadata."""

import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from spotaction.model.errors import RefusedError

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[Address]]

#: Each hands out credentials or start-up scripts to whoever asks; link-local ones are refused anyway.
_METADATA = tuple(
    ip_network(text)
    for text in (
        "fd00:ec2::/32",  # AWS: instance metadata, time, DNS, and the credentials of EKS
        "168.63.129.16/32",  # Azure, where GitHub's own runners are
        "100.100.100.200/32",  # Alibaba
        "192.0.0.192/32",  # Oracle
        "fd20:ce::/32",  # Google
    )
)
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")
_LAST_32_BITS = 0xFFFFFFFF


def resolve_host(host: str, port: int) -> tuple[Address, ...]:
    """Return the addresses of a host, in the system's order. Raises `OSError` if it has none."""
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


def require_allowed(host: str, addresses: Iterable[Address], allowed: Sequence[str]) -> None:
    """Raise `RefusedError` if one of a host's addresses is link-local or one of metadata, and not `allowed`.

    An IPv4 address inside an IPv6 one counts as itself. One refused address is enough: which is used is left to chance.
    """
    named = {ip_address(text) for text in allowed}
    for address in addresses:
        within = embedded_address(address)
        if not named & {address, within} and _is_refused(within):
            at = str(address) if within == address else f"{address} ({within})"
            shown = at if host.strip("[]") == str(address) else f"{host}, which is at {at}"
            raise RefusedError(
                f"A check may not send requests to {shown}, as such addresses serve metadata and credentials.",
                next_step="correct the address; if it is meant, name it in the check's allow-private",
            )


def embedded_address(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for (mapped, 6to4, NAT64, Teredo); otherwise itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _NAT64) or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & _LAST_32_BITS)
    return address


def _is_refused(address: Address) -> bool:
    return address.is_link_local or any(address in network for network in _METADATA)
