# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one look at a target saw.

Runs on any host with Python 3.6 or later, standard library only.
"""

import datetime
from typing import List, Optional

from .rdp_ntlm import Challenge
from .rdp_resolve import Miss
from .rdp_socket import Failed
from .rdp_x224 import Confirm
from .rdp_x509 import Certificate


class Sighting:
    """Filled in while looking; what was not seen stays None.

    Attributes:
        outcome: One of the outcomes of rdp_verdict.
        error: Why, in the words of the system, of OpenSSL or of the parser.
        stage: How far it got: 'name', 'connect', 'negotiate' or 'tls'.
        began_answer: Whether an answer began that did not end.
        address: The address that was talked to, or whose failure counts.
        reported_by: The device that refused with ICMP.
        misses: The addresses that failed.
        greeting: What another program said.
        confirm: The server's answer to the Connection Request.
        requires_nla: Whether it refuses clients without Network Level Authentication. None if that isn't known.
        certificate: What it showed.
        tls_version: What was agreed on.
        challenge: What it said of itself in CredSSP.
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
        self.misses: List[Miss] = []
        self.greeting: Optional[str] = None
        self.confirm: Optional[Confirm] = None
        self.requires_nla: Optional[bool] = None
        self.certificate: Optional[Certificate] = None
        self.tls_version: Optional[str] = None
        self.challenge: Optional[Challenge] = None
        self.challenged_at: Optional[datetime.datetime] = None
        self.connect: Optional[float] = None
        self.negotiate: Optional[float] = None
        self.tls: Optional[float] = None
        self.retransmits: Optional[int] = None

    def fail(self, failed: Failed) -> None:
        """Take over the outcome of a failure."""
        self.outcome, self.error, self.reported_by = failed.kind, failed.error, failed.reported_by
