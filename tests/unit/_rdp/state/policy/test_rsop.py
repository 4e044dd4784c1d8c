# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The resultant set of policy, however old it is, never leads to a wrong name."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.attribution import attribute
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.catalog import ALLOW_CONNECTIONS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.evidence import File
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.state.policy.gpo_list import LOCAL_GUID
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.tools import rsop
from hypothesis import given, settings
from hypothesis import strategies as st

from unit._rdp.state.policy.hosts import DENY, NOTHING, TS, Linked, deny, removes
from unit._rdp.state.policy.situations import ALLOW, BASE, BLOCK, BROKEN, LOCAL, OFF, ON, host
from unit._rdp.state.policy.situations_rsop import logs

GPOS = [LOCAL, BLOCK, ALLOW, BASE]
#: What a GPO says of the value: sets 0, sets 1, removes it, nothing.
SAYS: dict[int | str, File] = {0: deny(0), 1: deny(1), "removes": removes(), "nothing": NOTHING}

# A GPO's content by its version: the same version is the same content.
Content = dict[Linked, dict[int, int | str]]


def _logged(order: list[tuple[Linked, int]], content: Content) -> rsop.Rsop:
    """What Windows logs when it applies GPOs in this order and these versions."""
    said = [(gpo, content[gpo][version]) for gpo, version in reversed(order)]
    rows = [(gpo, says if isinstance(says, int) else None) for gpo, says in said if says != "nothing"]
    versions = {gpo.guid or LOCAL_GUID: version for gpo, version in order}
    return dataclasses.replace(logs(*rows), versions=versions)


def _winner(order: list[tuple[Linked, int]], content: Content) -> tuple[Linked, int | str] | None:
    said = [(gpo, content[gpo][version]) for gpo, version in order]
    return next(((gpo, says) for gpo, says in reversed(said) if says != "nothing"), None)


ORDERS = st.lists(st.sampled_from(GPOS), unique=True, max_size=4).flatmap(
    lambda gpos: st.tuples(*(st.tuples(st.just(gpo), st.sampled_from([1, 2])) for gpo in gpos)).map(list)
)
CONTENT = st.fixed_dictionaries(
    {gpo: st.fixed_dictionaries({version: st.sampled_from(list(SAYS)) for version in (1, 2)}) for gpo in GPOS}
)


@given(content=CONTENT, now=ORDERS, before=ORDERS, data=st.data())
@settings(deadline=None, max_examples=300)
def test_name_is_that_of_the_last_one_or_none(
    content: Content, now: list[tuple[Linked, int]], before: list[tuple[Linked, int]], data: st.DataObject
) -> None:
    logged = _logged(data.draw(st.sampled_from([now, before])), content)
    known: dict[Linked, File] = {
        gpo: data.draw(st.sampled_from([SAYS[content[gpo][version]], None, BROKEN])) for gpo, version in now
    }
    value = data.draw(st.sampled_from([ON, OFF]))
    listed = [dataclasses.replace(gpo, version=version) for gpo, version in now]
    files = {each: known[gpo] for each, (gpo, _) in zip(listed, now, strict=True)}
    source = attribute(ALLOW_CONNECTIONS, value, host(listed, files, logged=logged))
    right = _winner(now, content)
    if source.gpo:
        assert right and right[1] == value.data
        assert source.gpo.guid == (right[0].guid or LOCAL_GUID)


@given(content=CONTENT, now=ORDERS, data=st.data())
@settings(deadline=None, max_examples=200)
def test_winner_is_named_where_no_file_is_there_and_the_log_is_new(
    content: Content, now: list[tuple[Linked, int]], data: st.DataObject
) -> None:
    right = _winner(now, content)
    listed = [dataclasses.replace(gpo, version=version) for gpo, version in now]
    missing: t.Mapping[Linked, File] = {
        each: data.draw(st.sampled_from([None, UnreadableError("Access is denied.")])) for each in listed
    }
    for value in (ON, OFF):
        source = attribute(ALLOW_CONNECTIONS, value, host(listed, missing, logged=_logged(now, content)))
        if right and right[1] == value.data:
            assert source.gpo and source.gpo.guid == (right[0].guid or LOCAL_GUID), source
        else:
            assert source.gpo is None
        assert not source.disagreements


def test_case_of_names_does_not_matter() -> None:
    logged = logs((BLOCK, 1), key=TS.upper(), name=DENY.upper())
    source = attribute(ALLOW_CONNECTIONS, OFF, host([BLOCK], {BLOCK: None}, logged=logged))
    assert source.gpo and source.gpo.name == "Block RDP"


def test_both_sides_of_a_disagreement_are_shown() -> None:
    evidence = host([ALLOW, BLOCK], {ALLOW: deny(1), BLOCK: deny(1)}, logged=logs((ALLOW, 1)))
    source = attribute(ALLOW_CONNECTIONS, OFF, evidence)
    assert "By its files GPO 'Block RDP'" in source.disagreements[0]
    assert "by Windows' resultant set of policy (RSoP) GPO 'Allow RDP'" in source.disagreements[0]
