# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts that Windows translates, one file per language.

A language names its code pages and the texts for which there is evidence of the translation; everything else falls
back to English, which also is what many of Windows' own tools do. To add a language, add a file ``xx_yy.py`` with a
``LANGUAGE``.
"""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from functools import cache


@dataclasses.dataclass(frozen=True)
class Language:
    """One display language: code pages, texts, and the translated names of services."""

    code: str
    ansi_code_page: int
    oem_code_page: int
    texts: Mapping[str, str]
    services: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __getitem__(self, key: str) -> str:
        """The text, in English when this language has none. An unknown key is a programming error."""
        text = self.texts.get(key)
        return text if text is not None else language("en-US").texts[key]

    def get(self, key: str, default: str) -> str:
        """The text, or a default when not even English has it."""
        return self.texts.get(key, language("en-US").texts.get(key, default))


@cache
def language(code: str) -> Language:
    """The language of that code, for example ``de-DE``."""
    module = importlib.import_module(f"{__name__}.{code.lower().replace('-', '_')}")
    found: Language = module.LANGUAGE
    return found


CODECS = {65001: "utf-8", 936: "gbk", 949: "cp949", 950: "cp950", 932: "cp932"}


def codec(code_page: int) -> str:
    """Python's codec of a Windows code page."""
    return CODECS.get(code_page, f"cp{code_page}")


def encode(text: str, code_page: int) -> bytes:
    """A text in a code page; what it lacks becomes a question mark, as WideCharToMultiByte does it."""
    return text.encode(codec(code_page), "replace")


def decode(data: bytes, code_page: int) -> str:
    """Bytes of a code page as text."""
    return data.decode(codec(code_page), "replace")
