# Copyright: (c) 2026, winops.rdp contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

r"""``GptTmpl.inf``: the security settings of a GPO, of which the start types of services are read.

https://learn.microsoft.com/openspecs/windows_protocols/ms-gpsb, section 2.2.8: a line ``"TermService",4,"SDDL"`` below
``[Service General Setting]``. Real files are UTF-16 with a mark, UTF-8 with a mark, or plain.

    >>> parse(b'[Service General Setting]\r\n"TermService",4,""\r\n[Version]\r\n')
    {'termservice': 4}
"""

from __future__ import annotations

import codecs
import re
import typing as t

from ..errors import UnreadableError

_SECTION = "[service general setting]"
_START_TYPE = re.compile(r'"?(?P<name>[^",]{1,256})"?\s*,\s*(?P<start>[0-4])\s*(?:,.*)?')


def parse(data: bytes) -> t.Mapping[str, int]:
    """Return the start types that a file sets, by the service's name in lower case.

    Raises:
        UnreadableError: It is no such file, or a line of that section is not understood.
    """
    try:
        text = data.decode("utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableError("GptTmpl.inf is no text.") from None
    found: dict[str, int] = {}
    inside = False
    for line in (one.strip() for one in text.splitlines()):
        if line.startswith("["):
            inside = line.casefold() == _SECTION
        elif inside and line and not line.startswith(";"):
            row = _START_TYPE.fullmatch(line)
            if row is None:
                raise UnreadableError("GptTmpl.inf sets a service in a way that is not understood.", line)
            found[row["name"].strip().casefold()] = int(row["start"])
    return found
