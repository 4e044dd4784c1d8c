# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate as `certutil -store` lists it."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509

from ...state.certificates import PROVIDER, Stored
from ..call import ToolCall

_SHORT = {"commonName": "CN", "domainComponent": "DC", "organizationName": "O", "countryName": "C"}


def matches(one: Stored, wanted: str) -> bool:
    """Whether a certificate id names it: SHA-1, serial number, or a part of the subject's common name."""
    text = wanted.replace(" ", "").lower()
    common = name_text(one.parsed.subject).partition("CN=")[2].partition(",")[0]
    return text in (one.thumbprint.lower(), f"{one.parsed.serial_number:032x}") or (
        bool(wanted) and wanted.lower() in common.lower()
    )


def name_text(name: x509.Name) -> str:
    """A distinguished name, the last part first, as Windows writes it."""
    values = (part.value if isinstance(part.value, str) else part.value.hex() for part in name)
    parts = [f"{_SHORT.get(part.oid._name, part.oid._name)}={value}" for part, value in zip(name, values, strict=True)]
    return ", ".join(reversed(parts))


def _date(call: ToolCall, moment: datetime) -> str:
    text = moment.strftime(call.texts["certutil.date"])
    if "/" not in text:
        return text
    day, clock, half = text.split(" ")
    month, number, year = day.split("/")
    return f"{int(month)}/{int(number)}/{year} {int(clock[:2])}{clock[2:]} {half}"


def describe(call: ToolCall, number: int, one: Stored) -> list[str]:
    """The lines about one certificate."""
    certificate, texts = one.parsed, call.texts
    subject, issuer = name_text(certificate.subject), name_text(certificate.issuer)
    lines = [
        texts["certutil.certificate"].format(number=number),
        texts["certutil.serial"].format(text=f"{certificate.serial_number:032x}"),
        texts["certutil.issuer"].format(text=issuer),
        texts["certutil.not_before"].format(text=_date(call, certificate.not_valid_before_utc)),
        texts["certutil.not_after"].format(text=_date(call, certificate.not_valid_after_utc)),
        texts["certutil.subject"].format(text=subject),
        texts["certutil.is_root" if subject == issuer else "certutil.not_root"],
        texts["certutil.sha1"].format(text=one.thumbprint.lower()),
    ]
    if one.container:
        lines.append(texts["certutil.container"].format(text=one.container))
        lines.append(texts["certutil.provider"].format(text=PROVIDER))
        if call.machine.files.is_file(call.machine.certificates.key_file(one.container)):
            lines += [texts["certutil.not_exportable"], texts["certutil.key_tested"]]
    return [*lines, ""]
