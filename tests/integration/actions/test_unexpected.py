# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nobody thought of ends in a sentence, never in a traceback of Ansible's."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible_collections.winops.rdp.plugins.action import rdp_info
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.errors import UnreadableError

from .conftest import run, sick


def _raising(error: Exception) -> t.Callable[..., t.NoReturn]:
    def act(*_arguments: t.Any) -> t.NoReturn:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("chr() arg \x1b[2J"), "mistake in winops.rdp, please report it: ValueError: chr() arg"),
        (IndexError("list index"), "line "),
        (RecursionError("too deep"), "RecursionError"),
        (UnreadableError("The list is cut off.", "half a li"), "The list is cut off. half a li"),
    ],
)
def test_error_of_a_pure_part(monkeypatch: pytest.MonkeyPatch, error: Exception, said: str) -> None:
    monkeypatch.setattr(rdp_info.ActionModule, "act", _raising(error))
    result = run(sick(), "rdp_info")
    assert result["failed"] and said in result["msg"] and "\x1b" not in result["msg"], result


@pytest.mark.parametrize("error", [AnsibleConnectionFailure("gone"), AnsibleError("a variable is missing")])
def test_errors_of_ansible_stay_what_they_are(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(rdp_info.ActionModule, "act", _raising(error))
    with pytest.raises(type(error)):
        run(sick(), "rdp_info")
