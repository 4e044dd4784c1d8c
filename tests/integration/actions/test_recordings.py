# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault is recorded and diagnosed again without the host, with its names and without them."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import typing as t
from pathlib import Path

import pytest
from ansible_collections.winops.rdp.plugins.plugin_utils import _recording
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording import redact
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.recording.redact.names import Names

from lab import FAULTS, Machine
from lab.state.security import parse_sddl

from .conftest import Result, run

ROOT = Path(__file__).parents[3]
HOST = "zqxhost07"
# A folder with what cmd.exe must not take for its own.
OUT = r"C:\Users\Public\out (1) & co"
JUDGEMENT = ("healthy", "root_cause", "next_step", "findings")

# Several GPOs that want something else, without a source of Windows that would tell which one wins.
UNSURE = (
    "gpo-two-links+rsop-logging-off",
    "registry-pol-missing+gpo-domain-blocks-local-allows",
    "registry-pol-large+gpo-domain-blocks-local-allows+rsop-logging-off",
)
# Faults that leave a file behind which nobody can read.
NOT_UNDERSTOOD = ("registry-pol-truncated", "registry-pol-corrupt", "local-pol-truncated", "local-pol-corrupt")
# Findings of these quote a line that was not understood. Of such a line nothing but its shape is recorded.
QUOTED = ("sessions-hidden", "sessions-denied", "sessions-no-binding", "sessions-no-rpc", "not-elevated")

# What in an output says whose host it is, as somebody would look for it who knows nothing of how it is taken out.
_GUID = re.compile(r"(?i)\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_SID = re.compile(r"S-1-5-21-\d+-\d+-\d+")
_ADDRESS = re.compile(r"(?<![\d.\]\[])(?!0\.0\.0\.0|127\.)(?:\d{1,3}\.){3}\d{1,3}(?=:\d)")
_THUMBPRINT = re.compile(r"\b[0-9A-F]{40}\b")
_MODULUS = re.compile(r"02820101(00[0-9A-F]{128})")
#: GUIDs of Windows and of programs, the same on every host.
_PRODUCTS = re.compile(r"(?i)LoadableProtocol_Object|CLSID|extensions|35378EAC|-00c04f")


def sick(*faults: str) -> Machine:
    """A host whose names appear nowhere else, with faults."""
    machine = Machine(HOST, seed=7)
    for fault in faults:
        FAULTS[fault].apply(machine)
    return machine


def record(machine: Machine, folder: Path, **options: t.Any) -> Result:
    result = run(machine, "rdp_info", {"quiet": True, "record": str(folder), **options})
    assert not result.get("failed"), result
    return result


def replay(folder: Path, name: str = HOST, **options: t.Any) -> Result:
    """Diagnose a recording, with no host that could answer."""
    absent = Machine(name)
    absent.before_command = _nobody
    return run(absent, "rdp_info", {"quiet": True, "replay": str(folder), **options})


def _nobody(machine: Machine, line: str) -> None:
    raise AssertionError(f"a replay asked the host: {line}")


def bytes_of(folder: Path) -> bytes:
    """All bytes of a recording, with the names of its files."""
    files = sorted(folder.rglob("*"))
    return b"\n".join(path.name.encode() + b"\n" + path.read_bytes() for path in files if path.is_file())


def originals(recorded: bytes, machine: Machine) -> set[str]:
    """What must not be left of a recording."""
    text = recorded.decode("latin-1") + recorded.replace(b"\0", b"").decode("latin-1")
    lines = [line for line in text.splitlines() if not _PRODUCTS.search(line) and not line.startswith("sha256: ")]
    free = "\n".join(lines)
    found = {HOST, *_SID.findall(free), *_ADDRESS.findall(free), *_MODULUS.findall(text)}
    found |= set(_GUID.findall(free)) | set(_THUMBPRINT.findall(free))
    found |= set(machine.logged_on_at_boot)
    return found


def hiding_places(name: str) -> t.Iterator[bytes]:
    """A name in every encoding in which it could be left, in lower case."""
    for form in {name, name.lower(), name.upper()}:
        for data in (form.encode(), form.encode("utf-16-le")):
            yield data.lower()
            yield data.hex().encode()
            for before in range(3):
                # Without the characters that depend on what stands before and behind.
                yield base64.b64encode(b"\0" * before + data)[(before * 8 + 5) // 6 : -4].lower()


def assert_gone(names: t.Iterable[str], recorded: bytes) -> None:
    folded = recorded.lower()
    for name in names:
        left = [place for place in hiding_places(name) if len(place) > 3 and place in folded]
        assert not left, (name, left)


@pytest.mark.parametrize("fault", ["healthy", *FAULTS, *UNSURE])
def test_recorded_host_is_judged_as_the_host_was(fault: str, tmp_path: Path) -> None:
    machine = sick(*([] if fault == "healthy" else fault.split("+")))
    live = record(machine, tmp_path / "as it is", redact=False)
    again = replay(tmp_path / "as it is")
    assert {name: again[name] for name in (*JUDGEMENT, "facts")} == {name: live[name] for name in (*JUDGEMENT, "facts")}
    assert live["changed"] is again["changed"] is False

    # The copy without names, made later from the recording, is what the host would have been recorded as.
    copied = replay(tmp_path / "as it is", record=str(tmp_path / "redacted"))
    left_out = copied["recording"]["left_out"]
    assert copied["recording"]["redacted"]
    recording = _recording.load(tmp_path / "as it is" / HOST)
    names = redact.redact(recording, [HOST])[1]
    without = replay(tmp_path / "redacted")
    if fault in NOT_UNDERSTOOD:
        # A file that can't be read may hold any name.
        assert len(left_out) == 1 and _statuses(without) == _statuses(live)
    else:
        same = _shape if fault in QUOTED else _exactly
        assert left_out == [] and same(_judgement(without)) == same(_renamed(live, names))
    assert_gone(
        originals(bytes_of(tmp_path / "as it is"), machine) | {names.words[0]},
        bytes_of(tmp_path / "redacted").replace(f"{HOST}\n".encode(), b""),
    )


@pytest.mark.parametrize("fault", ["gpo-denies-logon-right", "gpo-grants-logon-right"])
def test_who_may_log_on_is_told_without_names(fault: str, tmp_path: Path) -> None:
    live = record(sick(fault), tmp_path / "as it is", redact=False, rights=True)
    copied = replay(tmp_path / "as it is", record=str(tmp_path / "redacted"), rights=True)
    assert copied["recording"]["left_out"] == []
    sources, without = (
        [right["source"] for right in result["facts"]["rights"]]
        for result in (live, replay(tmp_path / "redacted", rights=True))
    )
    assert [one["kind"] for one in without] == [one["kind"] for one in sources]
    assert [len(one["value"] or ()) for one in without] == [len(one["value"] or ()) for one in sources]
    names = {one["name"] for one in sources if one["kind"] == "domain"}
    assert names
    assert_gone(names, bytes_of(tmp_path / "redacted"))


def _renamed(result: Result, names: Names) -> Result:
    """A judgement with the placeholders in it. What a finding expects is no name, even in the form of one."""
    # Nor is the class of a product's protocol, in the command that looks for it.
    parts = re.split(r"(LoadableProtocol_Object = \{[^}]+\}|/c:[0-9a-f-]{36})", json.dumps(_judgement(result)))
    kept = ("LoadableProtocol_Object", "/c:")
    renamed = (part if part.startswith(kept) else _in_text(part, names) for part in parts)
    return t.cast("Result", json.loads("".join(renamed)))


def _exactly(judgement: Result) -> Result:
    return judgement


def _shape(judgement: Result) -> Result:
    """A judgement, with nothing but the shape of what was found."""
    findings = [*judgement["findings"], judgement["root_cause"]]
    shaped = [one and {**one, "found": re.sub(r"[A-Za-z0-9]", "x", one["found"])} for one in findings]
    return {**judgement, "findings": shaped[:-1], "root_cause": shaped[-1]}


def _in_text(text: str, names: Names) -> str:
    """A text without names. What somebody called a thing of theirs is a name only where it is quoted as one."""
    texts = {original: placeholder for (kind, original), placeholder in names._placeholders.items() if kind == "text"}
    # Quoted, or as the data of a value with a remark behind it. The text is JSON.
    for place in (r"(?<=')[^']+(?=')", r"(?<= = )[^;(]+(?= \()"):
        text = re.sub(place, lambda found: texts.get(found[0].replace("\\\\", "\\").casefold(), found[0]), text)
    return names.in_text(text)


def _findings(result: Result, without: t.Container[str]) -> list[Result]:
    return [finding for finding in result["findings"] if finding["check"] not in without]


def _statuses(result: Result) -> dict[str, str]:
    return {finding["check"]: finding["status"] for finding in result["findings"]}


def _judgement(result: Result) -> Result:
    return {name: result[name] for name in JUDGEMENT}


def test_scan_would_find_what_is_left(tmp_path: Path) -> None:
    machine = sick("active-sessions", "certificate-bound")
    record(machine, tmp_path, redact=False)
    recorded = bytes_of(tmp_path)
    found = originals(recorded, machine)
    assert len(found) > 8
    for name in found:
        with pytest.raises(AssertionError):
            assert_gone([name], recorded)
    hidden = base64.b64encode(f"x{HOST}yz".encode("utf-16-le"))
    with pytest.raises(AssertionError):
        assert_gone([HOST], hidden)


def test_same_host_recorded_twice_has_the_same_placeholders(tmp_path: Path) -> None:
    machine = sick("active-sessions")
    for folder in ("one", "two"):
        record(machine, tmp_path / folder)
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name / HOST).iterdir()} for name in ("one", "two")
    )
    one.pop("recording.txt"), two.pop("recording.txt")
    assert one == two


def test_certificate_is_judged_by_the_time_of_the_recording(tmp_path: Path) -> None:
    record(sick(), tmp_path)
    index = tmp_path / HOST / "recording.txt"
    text = index.read_text(encoding="utf-8")
    index.write_text(re.sub(r"(?m)^time: \d{4}", "time: 2099", text), encoding="utf-8")
    assert [one["check"] for one in replay(tmp_path)["findings"] if one["status"] == "problem"] == ["cert"]


def test_listener_and_port_are_those_of_the_recording_unless_the_task_says(tmp_path: Path) -> None:
    record(sick("port-changed"), tmp_path, port=3390, redact=False)
    port = {one["check"]: one["status"] for one in replay(tmp_path)["findings"]}["port"]
    assert port == "ok"
    said = {one["check"]: one["status"] for one in replay(tmp_path, port=3391)["findings"]}["port"]
    assert said == "problem"


def test_everything_is_recorded_whichever_checks_are_reported(tmp_path: Path) -> None:
    one = record(sick(), tmp_path, checks=["service"])
    assert [finding["check"] for finding in one["findings"]] == ["service"]
    assert _statuses(replay(tmp_path)) == _statuses(run(sick(), "rdp_info", {"quiet": True}))


def test_recording_of_an_older_version_leaves_what_it_lacks_unknown(tmp_path: Path) -> None:
    record(sick("service-stopped"), tmp_path)
    index = tmp_path / HOST / "recording.txt"
    sections = index.read_text(encoding="utf-8").split("\n\n")
    kept = [
        section for section in sections if "\ncommand: tasklist" not in section and "\ncommand: icacls" not in section
    ]
    assert len(kept) == len(sections) - 2
    index.write_text("\n\n".join(kept).replace("winops.rdp 0.1.0", "winops.rdp 0.0.1"), encoding="utf-8")
    result = replay(tmp_path)
    assert not result.get("failed") and result["root_cause"]["check"] == "service"
    findings = {finding["check"]: finding for finding in result["findings"]}
    for check in ("machine_keys", "port_conflict"):
        assert findings[check]["status"] == "unknown" and "is not in this recording" in findings[check]["summary"]


def test_check_mode_does_the_same(tmp_path: Path) -> None:
    result = run(sick(), "rdp_info", {"quiet": True, "record": str(tmp_path)}, check=True)
    assert result["changed"] is False and (tmp_path / HOST / "recording.txt").is_file()


def test_recording_takes_the_place_of_the_last_one_and_of_nothing_else(tmp_path: Path) -> None:
    record(sick("service-stopped"), tmp_path)
    record(sick(), tmp_path)
    assert replay(tmp_path)["root_cause"] is None
    assert [path.name for path in tmp_path.iterdir()] == [HOST]
    assert {path.stat().st_mode & 0o77 for path in (tmp_path / HOST, *(tmp_path / HOST).iterdir())} == {0}
    shutil.rmtree(tmp_path / HOST)
    (tmp_path / HOST).mkdir()
    (tmp_path / HOST / "letter.txt").write_text("mine", encoding="utf-8")
    refused = run(sick(), "rdp_info", {"quiet": True, "record": str(tmp_path)})
    assert refused["failed"] and "is no recording, so it was not replaced" in refused["msg"]
    assert [path.name for path in (tmp_path / HOST).iterdir()] == ["letter.txt"]


def test_recording_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(sick(), tmp_path)
    before = bytes_of(tmp_path)
    original = _recording._write

    def full(path: Path, data: bytes) -> None:
        if path.name.startswith("09"):
            raise OSError(28, "No space left on device")
        original(path, data)

    monkeypatch.setattr(_recording, "_write", full)
    failed = run(sick("service-stopped"), "rdp_info", {"quiet": True, "record": str(tmp_path)})
    assert failed["failed"] and "No space left on device" in failed["msg"]
    assert bytes_of(tmp_path) == before and [path.name for path in tmp_path.iterdir()] == [HOST]


@pytest.mark.parametrize("host", ["fe80::1%eth0", "..", "a/b", "C:\\x", "нимбус", "NUL"])
def test_host_with_any_name_is_recorded_below_the_folder(host: str, tmp_path: Path) -> None:
    machine = Machine("plain")
    machine.name = host
    folder = tmp_path / "recordings"
    result = record(machine, folder)
    assert [path.parent for path in [Path(result["recording"]["folder"])]] == [folder]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["recordings"]
    assert replay(folder, host)["recording"]["folder"] == result["recording"]["folder"]


def _without_index(folder: Path) -> None:
    (folder / "recording.txt").unlink()


def _cut(folder: Path) -> None:
    path = folder / "17-netstat-ano.txt"
    path = path if path.exists() else next(folder.glob("*netstat*"))
    path.write_bytes(path.read_bytes()[:100])


def _link(folder: Path) -> None:
    (folder / "01-ver.txt").unlink()
    (folder / "01-ver.txt").symlink_to("/etc/hostname")


def _pipe(folder: Path) -> None:
    (folder / "01-ver.txt").unlink()
    os.mkfifo(folder / "01-ver.txt")


def _missing(folder: Path) -> None:
    (folder / "01-ver.txt").unlink()


BROKEN: dict[str, tuple[t.Callable[[Path], None], str]] = {
    "no index": (_without_index, "neither is a recording"),
    "output cut": (_cut, "is not as it was recorded"),
    "output is a link": (_link, "01-ver.txt can't be read"),
    "output is a pipe": (_pipe, "01-ver.txt is no plain file"),
    "output missing": (_missing, "01-ver.txt can't be read: No such file"),
    "no folder": (shutil.rmtree, "neither is a recording"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_broken_recording_is_a_clear_error(what: str, tmp_path: Path) -> None:
    record(sick(), tmp_path)
    change, message = BROKEN[what]
    change(tmp_path / HOST)
    result = replay(tmp_path)
    assert result["failed"] and message in result["msg"] and str(tmp_path) in result["msg"], result["msg"]
    assert "findings" not in result


@pytest.mark.parametrize("fault", ["healthy", *FAULTS])
def test_script_records_the_same(fault: str, tmp_path: Path) -> None:
    machine = sick(*([] if fault == "healthy" else [fault]))
    live = record(machine, tmp_path / "module", redact=False)
    script = (ROOT / "playbooks/files/record-rdp.cmd").read_bytes()
    machine.files.write(r"C:\Users\Public\record-rdp.cmd", script)
    machine.files.ensure(OUT)
    machine.files.set_security(OUT, parse_sddl("O:SYG:SYD:P(A;OICI;FA;;;WD)"))
    ran = machine.create_process(
        r'cmd.exe /d /c ""C:\Users\Public\record-rdp.cmd" "C:\Users\Public\out (1) & co""', code_page=437
    )
    assert ran.exit_code == 0 and b"NAMES ARE NOT TAKEN OUT" in ran.stdout, ran
    folder = tmp_path / "rdp-recording-1"
    folder.mkdir()
    start = r"C:\Users\Public\out (1) & co\rdp-recording-1" + "\\"
    for path in machine.files.plain():
        if path.lower().startswith(start.lower()):
            (folder / path[len(start) :]).write_bytes(machine.files.read(path))
    again = replay(folder, "localhost")
    # What is only asked after the first answers, a script can't ask: who set a policy, or the look from outside.
    # The files of Remote Desktop's own keys it asks for all.
    followed = {check.id for check in CHECKS if check.follow_up}
    assert _findings(again, followed) == _findings(live, followed)
    # A script has no other clock than the host's.
    seen = {"cert", "machine_keys"} if not fault.startswith("clock-") else set()
    # Without the handshake nothing is better than it is.
    for one in seen:
        # What a look behind the first answers keeps from being judged, a script may have judged.
        if _statuses(live)[one] == "skipped":
            continue
        assert _statuses(again)[one] in (_statuses(live)[one], "problem", "unknown", "skipped"), one
    assert _statuses(again)["policy"] in (_statuses(live)["policy"], "unknown")
    assert (b"is not elevated" in ran.stdout) == (not machine.elevated)
    redacted = replay(folder, "localhost", record=str(tmp_path / "redacted"))
    assert redacted["recording"]["left_out"] == []
    assert_gone([HOST], bytes_of(tmp_path / "redacted"))


def test_sparse_file_is_refused_without_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(sick(), tmp_path)
    (file,) = (tmp_path / HOST).glob("01-*")
    with file.open("r+b") as opened:
        opened.truncate(1 << 33)
    result = replay(tmp_path)
    assert result["failed"] and f"{file.name} is larger than" in result["msg"]
