# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may stand in a command line, and what is refused before it could get out of it."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.quoting import quoted, unsafe_characters, write_file


@pytest.mark.parametrize("character", '"%!^&|<>\r\n\0')
def test_unsafe_value_is_never_quoted(character: str) -> None:
    assert unsafe_characters(f"a{character}b") == character
    with pytest.raises(ValueError):
        quoted(f"a{character}b")


def test_backslash_before_the_closing_quote_is_doubled() -> None:
    assert quoted("C:\\a\\") == '"C:\\a\\\\"' and quoted("C:\\a") == '"C:\\a"'


@pytest.mark.parametrize(
    "line",
    [
        # Over ssh the login shell is cmd.exe itself: what stands between quotes is outside of them there.
        '"x"="a & echo y>C:\\injected.txt & b"',
        '"x"="a | b"',
        '"x"="^"',
        # An odd number of quotes turns the rest of the line inside out.
        '"x"="a \\" b"',
        '"',
        "50%",
        "now!",
        "é",
        "two\r\nlines",
    ],
)
def test_line_that_could_run_something_is_not_written(line: str) -> None:
    with pytest.raises(ValueError):
        write_file("C:\\f", [line])


def test_file_is_written_without_trailing_blanks_in_pieces() -> None:
    assert write_file("C:\\f", ["one", "", 'say "a" & (b)']) == (
        '>"C:\\f" echo one&>>"C:\\f" echo.&>>"C:\\f" echo say "a" ^& ^(b^)&ver >nul',
    )
    assert len(write_file("C:\\f", ["x" * 100] * 40, limit=1500)) == 3
