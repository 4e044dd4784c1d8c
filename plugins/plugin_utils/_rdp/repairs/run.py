# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one task remembers of its repair, so that plans can be made from values alone."""

from __future__ import annotations

import dataclasses
import typing as t

from ..model import Plan
from ..state.host import Host


@dataclasses.dataclass
class RepairRun:
    """One repair of one host, from the first look to the last. The engine alone writes it.

    Attributes:
        arguments: The options of the task.
        check_mode: Whether nothing is changed.
        folder: The folder on the host where what is going to change is saved.
        before: The host as it was seen first.
        planned: The first plan that had anything to do, None before that.
        begun: Whether a change has been begun: from then on the host is what this task made of it.
        held: Whether the host itself said that the repair holds, so that only the verification was left.
        verification: What the verification from outside said, None if there was none.
    """

    arguments: t.Mapping[str, t.Any]
    check_mode: bool
    folder: str
    before: Host
    planned: Plan | None = None
    begun: bool = False
    held: bool = False
    verification: t.Any = None
