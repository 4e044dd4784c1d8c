# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of gpresult /R, as published outputs of Windows 10 and 11 show it."""

from __future__ import annotations

import datetime
import typing as t
from collections.abc import Iterator

from ...languages import Language
from ...state.policy.lists import base_dn
from ...state.policy.objects import LOCAL

if t.TYPE_CHECKING:
    from ...machine import Machine
    from ...state.policy.objects import Candidate

# The groups of a member server's account; the two in the middle are the domain's own.
WELL_KNOWN = ("S-1-5-32-544", "S-1-1-0", "S-1-5-32-545", "S-1-5-2", "S-1-5-11", "S-1-5-15")
ASSERTED, LEVEL = "S-1-18-1", "S-1-16-16384"
DOMAIN_SID = "S-1-5-21-1715567821-1957994488-839522115"


def name_of(texts: Language, sid: str) -> str:
    """A well-known SID's name with its authority."""
    return texts.get(f"account.{sid}", texts.get(f"group.{sid}", sid))


def groups(machine: Machine) -> list[tuple[str, str]]:
    """(SID, name) of every group in the computer's token."""
    texts, short = machine.language, machine.policy.domain.partition(".")[0].upper()
    return [
        *((sid, name_of(texts, sid)) for sid in WELL_KNOWN),
        (f"{DOMAIN_SID}-1104", rf"{short}\{machine.name.upper()}$"),
        (f"{DOMAIN_SID}-515", rf"{short}\Domain Computers"),
        *((sid, name_of(texts, sid)) for sid in (ASSERTED, LEVEL)),
    ]


def reason_text(texts: Language, reason: str) -> str:
    """Why a GPO was not applied."""
    return texts["gpresult.reason_denied" if reason == "denied" else f"gpresult.{reason}"]


def display_name(machine: Machine, one: Candidate) -> str:
    """A GPO's name, the local one's in the host's language."""
    return machine.policy.local_name if one.link.kind == LOCAL else one.gpo.name


def summary(machine: Machine) -> Iterator[str]:
    """The lines, for the computer alone."""
    texts, policy, rsop = machine.language, machine.policy, machine.policy.rsop
    assert rsop is not None
    yield from ("", texts["gpresult.banner"], texts["gpresult.rights"], "")
    yield texts["gpresult.created"].format(**_moment(texts, machine.now))
    title = texts["gpresult.title"].format(user="", computer=machine.name.upper())
    yield from ("", "", title, "-" * len(title), "")
    kind = texts["gpresult.server" if machine.edition.server else "gpresult.workstation"]
    for key, text in (
        ("os_configuration", kind), ("os_version", f"10.0.{machine.edition.build}"), ("site", policy.site),
        ("roaming", ""), ("profile", ""), ("slow", ""),
    ):  # fmt: skip
        yield texts[f"gpresult.{key}"].format(text=text).rstrip()
    yield from ("", "", texts["gpresult.computer"], "-" * (len(texts["gpresult.computer"]) + 1))
    yield f"    {policy.computer}"
    yield texts["gpresult.last"].format(**_moment(texts, rsop.moment))
    for key, text in (
        ("from", policy.controller), ("threshold", ""), ("domain", policy.domain.partition(".")[0].upper()),
        ("domain_type", ""),
    ):  # fmt: skip
        yield texts[f"gpresult.{key}"].format(text=text)
    yield from _heading(texts["gpresult.applied"], 1)
    applied = [display_name(machine, one) for one in reversed(rsop.applied())]
    yield from (f"        {name}" for name in applied or [texts["gpresult.none"]])
    filtered = [one for one in rsop.candidates if one.reason]
    if filtered:
        yield from _heading(texts["gpresult.filtered"], 1)
        for number, one in enumerate(filtered):
            yield from [""] * bool(number)
            yield f"        {display_name(machine, one)}"
            yield texts["gpresult.filtering"].format(text=reason_text(texts, one.reason))
    yield from _heading(texts["gpresult.groups"], 0)
    yield from (f"        {_short(sid, name)}" for sid, name in groups(machine))
    yield ""


def _heading(text: str, more: int) -> tuple[str, str, str]:
    return "", f"    {text}", "    " + "-" * (len(text) + more)


def _short(sid: str, name: str) -> str:
    """Built-in groups keep their authority, the domain's, the label and "This Organization" do not."""
    return name if sid in WELL_KNOWN[:-1] else name.rpartition("\\")[2]


def _moment(texts: Language, moment: datetime.datetime) -> dict[str, str]:
    parts = {
        "year": moment.year, "month": moment.month, "day": moment.day, "hour": moment.hour, "minute": moment.minute,
        "second": moment.second, "hour12": moment.hour % 12 or 12, "half": "PM" if moment.hour >= 12 else "AM",
    }  # fmt: skip
    return {"date": texts["gpresult.date"].format(**parts), "time": texts["gpresult.time"].format(**parts)}


def som_path(machine: Machine, som: str) -> str:
    """A distinguished name as reports write it: corp.example/Servers."""
    policy = machine.policy
    if not som or som == "Local":
        return "Local"
    if som.upper().startswith("OU="):
        units = [part[3:] for part in som.split(",") if part.upper().startswith("OU=")]
        return "/".join([policy.domain, *reversed(units)])
    if som == base_dn(policy.domain):
        return policy.domain
    return f"{policy.domain}/Configuration/Sites/{policy.site}"
