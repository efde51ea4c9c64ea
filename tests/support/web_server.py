"""A TLS server on loopback whose answers are raw bytes, with certificates that a test chooses."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from spotaction.cloud.addresses import Address

NAME = "web.test"
LOOPBACK = ip_address("127.0.0.1")
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"

Behave = Callable[[socket.socket], None]


@dataclass
class WebServer:
    """A server at `port`; `requests` are the heads and bodies that it got."""

    port: int
    requests: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://{NAME}:{self.port}"


def resolve_to(*addresses: str) -> Callable[[str, int], Sequence[Address]]:
    """A name server that knows these addresses for every name."""
    return lambda _host, _port: [ip_address(address) for address in addresses or ("127.0.0.1",)]


def sends(*pieces: bytes) -> Behave:
    def send(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return send


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def trickles(head: bytes, piece: bytes, pause: float) -> Behave:
    """Send a head, then a piece again and again, as long as somebody listens."""

    def trickle(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            threading.Event().wait(pause)
            connection.sendall(piece)

    return trickle


@contextmanager
def serve(
    *behave: Behave, folder: Path, names: Sequence[str] = (NAME,), days: int = 1, tls: bool = True, reads: bool = True
) -> Iterator[WebServer]:
    """Serve connections one after another, each as the next of `behave` does, and all further ones like the last."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = WebServer(listener.getsockname()[1])
    context = _server_context(folder, tuple(names), days) if tls else None
    open_ones: list[socket.socket] = []

    def run() -> None:
        turns = iter(behave)
        now = next(turns)
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_ones.append(connection)
                threading.Thread(
                    target=_serve_one, args=(connection, context, now, server), kwargs={"reads": reads}, daemon=True
                ).start()
                now = next(turns, now)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_ones:
            with suppress(OSError):
                connection.close()
        thread.join(5)


def bundle(folder: Path) -> Path:
    """The file of the authority that signs every certificate here."""
    file = folder / "authority.pem"
    file.write_bytes(_authority()[0].public_bytes(serialization.Encoding.PEM))
    return file


def _serve_one(
    raw: socket.socket, context: ssl.SSLContext | None, behave: Behave, server: WebServer, *, reads: bool
) -> None:
    with suppress(OSError):
        raw.settimeout(10)
        connection = context.wrap_socket(raw, server_side=True) if context else raw
        try:
            if reads:
                server.requests.append(_read_request(connection))
            behave(connection)
        finally:
            connection.close()


def _read_request(connection: socket.socket) -> str:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            break
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    while len(body) < length:
        body += connection.recv(65536)
    return (head + b"\r\n\r\n" + body).decode(errors="replace")


@cache
def _authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    return _sign("authority of the tests", key, issuer=None), key


def _server_context(folder: Path, names: tuple[str, ...], days: int) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _sign(names[0], key, issuer=_authority(), names=names, days=days)
    file = folder / f"server-{names[0]}-{days}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def _sign(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    *,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
    names: Sequence[str] = (),
    days: int = 1,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=10))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is None:
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        return builder.sign(key, hashes.SHA256())
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
    return builder.sign(issuer[1], hashes.SHA256())
