"""Serves a sandbox over TLS on an address that containers can reach, since loopback is per container.

Run it from the root of the repository: `python -m tools.serve_to_containers --help`.
"""

import argparse
import json
import subprocess
import threading
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, make_server

from spotaction.sandbox import RealClock, Sandbox


def main() -> None:
    """Write the certificate and outputs to a folder, then serve until the process is killed."""
    options = _options()
    certificate = _certificate(options.host, options.folder)
    with Sandbox(options.scenario, clock=RealClock(options.speed)) as sandbox:
        if options.fault:
            sandbox.add_fault(json.loads(options.fault))
        servers = [
            make_server(options.host, 0, application, threaded=True, ssl_context=certificate)
            for application in (sandbox.spot_app, sandbox.aws_app)
        ]
        for server in servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        _tell(sandbox, servers, options.folder)
        threading.Event().wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", type=Path, required=True)
    parser.add_argument("--host", required=True, help="address of the containers' bridge network")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--fault", default="", help="a fault, as JSON")
    parser.add_argument("--folder", type=Path, required=True, help="folder for ca.pem and outputs")
    return parser.parse_args()


def _certificate(host: str, folder: Path) -> tuple[str, str]:
    """Return a self-signed certificate for an address, valid for a day, and its key."""
    certificate, key = folder / "ca.pem", folder / "key.pem"
    extensions = [f"subjectAltName=IP:{host}", "keyUsage=critical,digitalSignature,keyCertSign"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=sandbox"]
    command += [word for extension in extensions for word in ("-addext", extension)]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)  # noqa: S603 - our own words
    return str(certificate), str(key)


def _tell(sandbox: Sandbox, servers: list[BaseWSGIServer], folder: Path) -> None:
    """Write a workflow step's outputs atomically, so that nobody reads half of them."""
    spot, aws = (f"https://{server.host}:{server.server_port}" for server in servers)
    ident, secret = sandbox.access_key
    outputs = {
        "spot-api-url": spot,
        "aws-endpoint-url": aws,
        "account-id": sandbox.account_id,
        "token": sandbox.token,
        "aws-access-key-id": ident,
        "aws-secret-access-key": secret,
    }
    unfinished = folder / "outputs.part"
    unfinished.write_text("".join(f"{name}={value}\n" for name, value in outputs.items()), encoding="utf-8")
    unfinished.rename(folder / "outputs")


if __name__ == "__main__":
    main()
