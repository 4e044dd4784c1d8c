# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a check is: one judgement of a host, with all that it needs to know of it."""

from __future__ import annotations

import dataclasses
import typing as t

from .model import ARTICLE, Expectation, Probe, Verdict
from .state.host import Host


@dataclasses.dataclass(frozen=True)
class Check:
    """One judgement of the article.

    Attributes:
        id: Its name, which is that of its file.
        title: The state of health, as a sentence.
        judge: Judges a host by what is expected of it. Raises UnreadableError where it can't: that is ``unknown``.
        section: The heading of the article this check comes from, as its anchor.
        needs: The probes of the first look without which ``judge`` can't judge.
        requires: The checks that must not be a problem or unknown before this one makes sense.
        explained_by: The checks whose problem is the cause of a problem here.
        follow_up: Returns what else to probe, from what is known so far. It is asked again after each further look,
            until it names nothing new.
        optional: That it was skipped says nothing about the host.
    """

    id: str
    title: str
    judge: t.Callable[[Expectation, Host], Verdict]
    section: str
    needs: tuple[Probe[t.Any], ...]
    requires: tuple[Check, ...] = ()
    explained_by: tuple[Check, ...] = ()
    follow_up: t.Callable[[Expectation, Host], tuple[Probe[t.Any], ...]] | None = None
    optional: bool = False

    @property
    def url(self) -> str:
        """The section of Microsoft's article."""
        return f"{ARTICLE}#{self.section}"
