# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one try with a target has shown.

Runs on any host with Python 3.6 or later, standard library only.
"""

import datetime
from typing import List, Optional

from .rdp_errors import FailedAddress, NetworkError
from .rdp_ntlm import Challenge
from .rdp_x224 import Confirm
from .rdp_x509 import ServerCertificate


class Observation:
    """Filled in step by step; what was not observed stays None.

    Attributes:
        outcome: One of OUTCOMES in rdp_result.
        error: Why, in the words of the system, of OpenSSL or of the parser.
        stage: How far it got: 'name', 'connect', 'negotiate' or 'tls'.
        began_answer: Whether the server began an answer and did not finish it.
        address: The address that was connected to, or the one whose failure counts.
        reported_by: The device that refused with ICMP.
        failed_addresses: The addresses that failed.
        greeting: What another program said.
        confirm: The server's answer to the Connection Request.
        requires_nla: Whether it refuses clients without Network Level Authentication. None if that isn't known.
        certificate: The certificate that it showed.
        tls_version: The version that was agreed on.
        challenge: What it said about itself in CredSSP.
        challenged_at: When it said so, by the clock of this computer, UTC.
        connect, negotiate, tls: Seconds that each stage took. None if it was not finished.
        retransmits: Packets that had to be sent again while connecting.
    """

    def __init__(self) -> None:
        self.outcome = "unknown"
        self.error = ""
        self.stage = "connect"
        self.began_answer = False
        self.address: Optional[str] = None
        self.reported_by: Optional[str] = None
        self.failed_addresses: List[FailedAddress] = []
        self.greeting: Optional[str] = None
        self.confirm: Optional[Confirm] = None
        self.requires_nla: Optional[bool] = None
        self.certificate: Optional[ServerCertificate] = None
        self.tls_version: Optional[str] = None
        self.challenge: Optional[Challenge] = None
        self.challenged_at: Optional[datetime.datetime] = None
        self.connect: Optional[float] = None
        self.negotiate: Optional[float] = None
        self.tls: Optional[float] = None
        self.retransmits: Optional[int] = None

    @property
    def connected(self) -> bool:
        """Whether there was a TCP connection. Not every tool of Windows says how long one took."""
        return self.connect is not None or self.outcome == "open"

    def fail(self, failure: NetworkError) -> None:
        """Take over the outcome of a failure."""
        self.outcome, self.error, self.reported_by = failure.outcome, failure.error, failure.reported_by
