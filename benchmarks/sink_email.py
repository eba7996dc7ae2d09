"""A mail relay that takes everything under TLS: prints its port and the file of its authority; ends with its input.

python sink_email.py FOLDER
"""

import ssl
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.support.email.relay import OnAnyPort, authority, certificate


class Taking:
    """Takes every mail and looks into none."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """The answer of a relay."""
        return "250 OK"


def main() -> None:
    """Listen on loopback until standard input closes."""
    trusted = Path(sys.argv[1]) / "authority.pem"
    authority().cert_pem.write_to_path(str(trusted))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate().configure_cert(context)
    controller: Controller = OnAnyPort(
        Taking(), hostname="localhost", port=0, tls_context=context, require_starttls=True
    )
    controller.start()
    print(f"{controller.port} {trusted}", flush=True)
    sys.stdin.read()
    controller.stop()


if __name__ == "__main__":
    main()
