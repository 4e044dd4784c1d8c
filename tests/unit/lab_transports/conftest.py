# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lab of fake machines for all tests of the transports; each test takes a host of its own from it."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t
from collections.abc import Iterator

import pytest
import winrm

from lab.fleet.lab import Lab
from lab.fleet.specs import HostSpec
from lab.transports.host import ServedHost
from unit.lab_transports.fake_machine import FakeMachine

#: two for each test, an English and a German one
HOSTS = 200
_next = itertools.count()


@dataclasses.dataclass
class Target:
    """A host that no other test uses."""

    lab: Lab
    name: str

    @property
    def machine(self) -> FakeMachine:
        machine: t.Any = self.lab[self.name]
        return machine

    @property
    def served(self) -> ServedHost:
        return self.lab.served(self.name)

    @property
    def address(self) -> str:
        return self.served.address

    def session(self, auth: str = "basic", password: str | None = None, **options: t.Any) -> winrm.Session:
        """A real pywinrm session."""
        credentials = (self.lab.user, self.lab.password if password is None else password)
        options = {"proxy": None, "ca_trust_path": None} | options
        return winrm.Session(self.address, credentials, transport=auth, **options)


@pytest.fixture(scope="session")
def fleet() -> Iterator[Lab]:
    """The lab; at the end no host may have met a failure of the lab itself."""
    specs = [HostSpec(f"h{number}", language="de-DE" if number % 2 else "en-US") for number in range(HOSTS)]
    with Lab(specs, transports=("winrm", "ssh"), make_machine=FakeMachine) as lab:
        yield lab
        assert {name: lab.served(name).failures for name in lab if lab.served(name).failures} == {}


@pytest.fixture
def target(fleet: Lab) -> Target:
    """A fresh English host."""
    return Target(fleet, f"h{2 * next(_next)}")


@pytest.fixture
def german(fleet: Lab) -> Target:
    """A fresh German host."""
    return Target(fleet, f"h{2 * next(_next) + 1}")
