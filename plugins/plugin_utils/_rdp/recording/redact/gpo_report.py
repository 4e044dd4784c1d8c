# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of gpresult without names. Of what it says only what is about Remote Desktop and the firewall stays.

Everything in it that isn't read goes: the report is written anew from what was read.
"""

from __future__ import annotations

import dataclasses

from ...tools import gpresult
from . import policies
from .names import Names

_MACHINE = "HKEY_LOCAL_MACHINE\\"


def redacted(data: bytes, names: Names) -> bytes:
    """Return a report without names.

    Args:
        data: A file of ``gpresult /X``.
        names: What to replace.

    Raises:
        UnreadableError: It is no such report, or says nothing about the computer.
    """
    report = gpresult.parse(data)
    return gpresult.render(
        gpresult.Report(
            gpos=tuple(_gpo(one, names) for one in report.gpos),
            settings=tuple(_setting(one, names) for one in report.settings if _stays(one.key)),
            preferences=tuple(_preference(one, names) for one in report.preferences if _stays(one.key)),
            rights=tuple(_right(one, names) for one in report.rights),
        )
    )


def _stays(key: str) -> bool:
    # A setting's key begins with the hive as well, or with nothing.
    below = key.removeprefix(_MACHINE).casefold()
    return any(below == kept or below.startswith(kept + "\\") for kept in policies.KEYS)


def _gpo(gpo: gpresult.ReportedGpo, names: Names) -> gpresult.ReportedGpo:
    domain = names.domain(gpo.domain) if gpo.domain else ""
    return dataclasses.replace(
        gpo,
        name=names.named("GPO", gpo.name),
        guid=names.in_text(gpo.guid),
        domain=domain,
        links=tuple(dataclasses.replace(link, path=_link(link.path, names)) for link in gpo.links),
    )


def _link(path: str, names: Names) -> str:
    """``corp.example/Servers/Web``, a site, or ``Local``."""
    domain, *units = path.split("/")
    first = names.domain(domain) if "." in domain else names.in_text(domain)
    return "/".join([first, *(names.named("unit", unit) for unit in units)])


def _setting(setting: gpresult.ReportedSetting, names: Names) -> gpresult.ReportedSetting:
    text = setting.data if isinstance(setting.data, str) else ""
    return dataclasses.replace(
        setting,
        gpo=names.in_text(setting.gpo),
        key=policies.path(setting.key, names),
        name=policies.value(setting.key, setting.name, text, names),
        data=policies.data(setting.key, setting.name, text, names) if text else setting.data,
    )


def _preference(preference: gpresult.Preference, names: Names) -> gpresult.Preference:
    is_text = preference.type in ("REG_SZ", "REG_EXPAND_SZ")
    text = preference.data if is_text else ""
    return dataclasses.replace(
        preference,
        gpo=names.in_text(preference.gpo),
        key=policies.path(preference.key, names),
        name=policies.value(preference.key, preference.name, text, names),
        data=policies.data(preference.key, preference.name, text, names) if is_text else preference.data,
    )


def _right(right: gpresult.ReportedRight, names: Names) -> gpresult.ReportedRight:
    members = tuple(names.sid(one) if one.startswith("S-1-") else names.account(one) for one in right.members)
    return dataclasses.replace(right, gpo=names.in_text(right.gpo), members=members)
