# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was seen on a host that tells who set its policies, and what its GPOs say about one of them."""

from __future__ import annotations

import dataclasses
import typing as t

from ...errors import UnreadableError
from ...formats.registry_pol import Decision, RegistryPol
from ...tools import gpresult
from ...tools.rsop import Rsop
from . import mdm, rsop
from .catalog import Policy
from .gpo_list import Gpo

#: What became of a Registry.pol: read, not there, or unreadable.
File: t.TypeAlias = RegistryPol | UnreadableError | None


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What was seen on one host.

    Attributes:
        history: What gpo_list.history read, None if there is no such list.
        datastore: What gpo_list.datastore read.
        state: What gpo_list.state read.
        files: The Registry.pol files by their path. One that isn't here was not looked at, which is no better than
            unreadable.
        mdm: What mdm.values read.
        report: gpresult's report, None if there is none.
        rsop: What Windows logged of the last refresh, None if there is nothing.
    """

    history: tuple[Gpo, ...] | None = None
    datastore: tuple[Gpo, ...] | None = None
    state: tuple[Gpo, ...] | None = None
    files: t.Mapping[str, File] = dataclasses.field(default_factory=dict)
    mdm: mdm.Values = dataclasses.field(default_factory=dict)
    report: gpresult.Report | None = None
    rsop: Rsop | None = None

    @property
    def gpos(self) -> tuple[Gpo, ...] | None:
        """The first of the lists that is there, with the paths of the copies that Windows keeps."""
        listed = next((gpos for gpos in (self.history, self.datastore, self.state) if gpos is not None), None)
        copies = {gpo.guid: gpo.file for gpo in self.datastore or () if gpo.file}
        return listed and tuple(dataclasses.replace(gpo, file=copies.get(gpo.guid, gpo.file)) for gpo in listed)

    @property
    def ordered(self) -> bool:
        """Whether the order of ``gpos`` is the order of application."""
        return self.history is not None or self.datastore is not None

    @property
    def files_that_decide(self) -> tuple[str, ...]:
        """The paths of the Registry.pol files that can decide something, each once."""
        return tuple(dict.fromkeys(gpo.file for gpo in self.gpos or () if gpo.applied and gpo.registry and gpo.file))

    def reported(self, policy: Policy) -> tuple[gpresult.ReportedSetting, ...]:
        """The rows of the report that name this very value as won. Those of a template are only named for people."""
        place = policy.key.partition("\\")[2].lower(), policy.name.lower()
        return tuple(
            setting
            for setting in (self.report.settings if self.report else ())
            if (setting.key.lower(), setting.name.lower()) == place and setting.precedence == 1
        )

    def resulted(self, policy: Policy) -> tuple[Gpo, Decision] | None:
        """Return the GPO that wins by the resultant set of policy, and what it does; None if that is not certain."""
        return rsop.winner(policy, self.gpos or (), self.ordered, self.rsop) if self.rsop else None


@dataclasses.dataclass(frozen=True)
class Found:
    """What the GPOs of a list say about one value.

    Attributes:
        said: Those that say something, in their order; the last one decides.
        doubts: Those whose files could decide as well but are not known, with the reason.
    """

    said: tuple[tuple[Gpo, Decision], ...]
    doubts: tuple[tuple[Gpo, str], ...]

    @property
    def winner(self) -> tuple[Gpo, Decision] | None:
        """The one that decides, as far as the files are known."""
        return self.said[-1] if self.said else None


def decisions(policy: Policy, gpos: t.Iterable[Gpo], files: t.Mapping[str, File]) -> Found:
    """Return what the GPOs of a list say about the value of a policy."""
    said: list[tuple[Gpo, Decision]] = []
    doubts: list[tuple[Gpo, str]] = []
    by_path = {path.casefold(): file for path, file in files.items()}
    for gpo in gpos:
        if not gpo.applied or not gpo.registry:
            continue
        file = by_path.get(gpo.file.casefold(), UnreadableError("it was not looked at"))
        original = by_path.get(gpo.share.casefold())
        if file is None and original is not None:
            file = original
        if not isinstance(file, RegistryPol):
            reason = f"{gpo.file or 'its Registry.pol'} is not there" if file is None else file.reason.rstrip(".")
            doubts.append((gpo, reason))
            continue
        decision = file.decides(policy.key, policy.name)
        if decision is None or (decision.does == "soft" and said and said[-1][1].does != "delete"):
            continue
        said.append((gpo, decision))
        if decision.does != "soft":
            doubts.clear()
    return Found(tuple(said), tuple(doubts))
