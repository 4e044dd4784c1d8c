# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the probes read: each output is parsed once, and one that can't be read loses no other."""

from __future__ import annotations

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import Command, CommandResult, Probe
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.readings import Readings


def test_mistake_in_a_parser_loses_its_own_reading_alone() -> None:
    def broken(output: CommandResult) -> int:
        return int("9" * 5000)

    seen = Readings({Command("a"): CommandResult(b"", 0, Command("a"))})
    with pytest.raises(UnreadableError, match=r"mistake in winops\.rdp.*ValueError in line \d+ of broken"):
        seen.of(Probe(Command("a"), broken))
    assert seen.get(Probe(Command("a"), broken)) is None


class Counted:
    """A parser that counts how often it is asked."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, output: CommandResult) -> str:
        """Return the text, and refuse a question mark."""
        self.count += 1
        if output.data == b"?":
            raise UnreadableError("this says nothing", "?")
        return output.data.decode()


def test_an_output_is_parsed_once_whether_it_can_be_read_or_not() -> None:
    for data in (b"yes", b"?"):
        parser = Counted()
        probe = Probe(Command("a"), parser)
        seen = Readings({probe.command: CommandResult(data, 0, probe.command)})
        assert seen.get(probe) == seen.get(probe) and parser.count == 1
        # Not again when there is more to read, unless it is about this very command.
        more = seen.with_more({Command("b"): CommandResult(b"", 0, Command("b"))})
        assert more.get(probe) == seen.get(probe) and parser.count == 1
        again = more.with_more({probe.command: CommandResult(b"new", 0, probe.command)})
        assert again.of(probe) == "new" and parser.count == 2
        assert seen.get(probe) == (None if data == b"?" else "yes")


def test_what_was_not_run_and_what_did_not_end_say_so() -> None:
    probe = Probe(Command("a"), Counted())
    with pytest.raises(UnreadableError, match=r"^'a' was not run on the host\.$"):
        Readings({}).of(probe)
    with pytest.raises(UnreadableError, match=r"^'a' is missing in the recording\.$"):
        Readings({}, "is missing in the recording").of(probe)
    cut = Readings({probe.command: CommandResult(b"ye", None, probe.command)})
    with pytest.raises(UnreadableError, match="ended before 'a' was done"):
        cut.of(probe)
    lost = Readings({probe.command: CommandResult(b"", None, probe.command, lost="The cable was pulled.")})
    with pytest.raises(UnreadableError, match=r"^The cable was pulled\.$"):
        lost.of(probe)
    assert cut.has(probe) and not Readings({}).has(probe)


def test_text_is_decoded_by_the_code_page_of_the_host() -> None:
    result = CommandResult(b"Gr\x94\xe1e\r\n\r\n", 0, Command("a"), code_page=850)
    assert Readings({result.command: result}).printed() == {"a": "Größe\n"}
