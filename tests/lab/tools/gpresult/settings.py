# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a report shows one registry setting: by the texts of its administrative template, or by key and value."""

from __future__ import annotations

import dataclasses
from xml.sax.saxutils import escape

from ...languages import Language
from ...state.policy.mdm import TERMINAL_SERVICES
from ...state.policy.pol import Record
from ...state.registry import REG_BINARY, REG_DWORD, REG_EXPAND_SZ, REG_SZ


@dataclasses.dataclass(frozen=True)
class Template:
    """A policy of TerminalServer.admx: its folder, and either the data that means Enabled, or a part with a value."""

    folder: str
    enabled: int | None = None
    part: str = ""  # DropDownList, Numeric


TEMPLATES = {
    "fDenyTSConnections": Template("connections", enabled=0),
    "fSingleSessionPerUser": Template("connections", enabled=1),
    "MaxInstanceCount": Template("connections", part="Numeric"),
    "UserAuthentication": Template("security", enabled=1),
    "SecurityLayer": Template("security", part="DropDownList"),
    "MinEncryptionLevel": Template("security", part="DropDownList"),
}
TEXT_ELEMENTS = {REG_SZ: "String", REG_EXPAND_SZ: "ExpandString"}


def policy_element(texts: Language, record: Record, q: str) -> list[str] | None:
    """The lines of a policy that a template describes, else None."""
    template = TEMPLATES.get(record.name)
    if template is None or record.key.upper() != TERMINAL_SERVICES.upper() or record.value.type != REG_DWORD:
        return None
    number = record.value.number
    state = "Enabled" if template.enabled in (None, number) else "Disabled"
    lines = [
        _element(q, name, text)
        for name, text in (
            ("Name", texts[f"admx.{record.name}"]), ("State", state), ("Explain", texts["admx.explain"]),
            ("Supported", texts["admx.supported"]), ("Category", texts[f"admx.{template.folder}"]),
        )
    ]  # fmt: skip
    if template.part:
        lines.append(f"<{q}:{template.part}>")
        lines.append("  " + _element(q, "Name", texts[f"admx.{record.name}.part"]))
        lines.append("  " + _element(q, "State", "Enabled"))
        if template.part == "Numeric":
            lines.append("  " + _element(q, "Value", str(number)))
        else:
            label = texts.get(f"admx.{record.name}.{number}", str(number))
            lines += [f"  <{q}:Value>", "    " + _element(q, "Name", label), f"  </{q}:Value>"]
        lines.append(f"</{q}:{template.part}>")
    return lines


def setting_element(record: Record, q: str) -> list[str]:
    """The lines of a value that no template describes."""
    value = record.value
    if value.type == REG_DWORD:
        data = _element(q, "Number", str(value.number))
    elif value.type in TEXT_ELEMENTS:
        data = _element(q, TEXT_ELEMENTS[value.type], value.text)
    else:
        data = _element(q, "Binary" if value.type == REG_BINARY else "Data", value.raw.hex().upper())
    return [
        _element(q, "KeyPath", record.key), _element(q, "AdmSetting", "false"), f"<{q}:Value>",
        "  " + _element(q, "Name", record.name), "  " + data, f"</{q}:Value>",
    ]  # fmt: skip


def _element(q: str, name: str, text: str) -> str:
    return f"<{q}:{name}>{escape(text)}</{q}:{name}>"
