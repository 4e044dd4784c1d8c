# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors of module_utils, below one base class. The core has its own: these files stand alone on a host.

Runs on any host with Python 3.6 or later, standard library only.
"""

from typing import List, NamedTuple, Optional

#: When all addresses fail, the failure that says most about the target stands for them.
_MOST_TELLING_FIRST = ("refused", "reset", "prohibited", "timeout", "unreachable", "unknown")


class ReachError(Exception):
    """The base class of all errors here."""


class ScanOptionError(ReachError):
    """An option can't be used. The text names the option, its value, and what is allowed."""


class MalformedError(ReachError):
    """The bytes break their format. The text says where."""


class NotRdpError(ReachError):
    """The bytes are no Connection Confirm, and can't become one with more bytes."""


class OutOfTimeError(ReachError):
    """The deadline has passed."""


class TlsError(ReachError):
    """The TLS handshake failed. The text says why, in OpenSSL's words."""

    @property
    def by_alert(self) -> bool:
        """Whether OpenSSL says that the server ended it: SSLV3_ALERT_HANDSHAKE_FAILURE."""
        return "_ALERT_" in str(self)


class NetworkError(ReachError):
    """There is no connection, or it was lost.

    Args:
        outcome: refused, timeout, reset, unreachable, prohibited, name, or unknown for a fault of this computer, which
            says nothing about the target.
        error: The system's own words.
        reported_by: The address of the device that said so with ICMP, if it is known.
    """

    def __init__(self, outcome: str, error: str = "", reported_by: Optional[str] = None) -> None:
        super().__init__(error or outcome)
        self.outcome = outcome
        self.error = error
        self.reported_by = reported_by


class FailedAddress(NamedTuple):
    """An address to which no connection could be made, and why."""

    address: str
    error: NetworkError


class NoAddressAnswersError(ReachError):
    """No connection could be made to any address of a target.

    Args:
        failed: Each address. Never empty.
    """

    def __init__(self, failed: List[FailedAddress]) -> None:
        super().__init__("no address answers")
        self.failed = failed
        self.most_telling = min(failed, key=lambda each: _MOST_TELLING_FIRST.index(each.error.outcome))
