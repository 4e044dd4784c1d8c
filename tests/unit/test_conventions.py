# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The conventions of this repository. Each test is named after what somebody forgot."""

from __future__ import annotations

import ast
import re
import typing as t
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from ansible.parsing.plugin_docs import read_docstring
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import add_fragments
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.checks import CHECKS
from ansible_collections.winops.rdp.plugins.plugin_utils._rdp.model import ARTICLE

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "plugins/plugin_utils/_rdp"
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
ACTIONS = sorted(path.stem for path in (ROOT / "plugins/action").glob("*.py"))
COLLECTION = "ansible_collections.winops.rdp"

# The headings of the article, as anchors.
ANCHORS = {
    "check-the-status-of-the-rdp-protocol-on-a-remote-computer",
    "check-whether-a-gpo-is-blocking-rdp-on-a-remote-computer",
    "check-the-status-of-the-rdp-services",
    "check-the-status-of-the-rdp-listener",
    "check-the-status-of-the-rdp-self-signed-certificate",
    "check-the-permissions-of-the-machinekeys-folder",
    "check-the-rdp-listener-port",
    "check-that-another-application-isnt-trying-to-use-the-same-port",
    "check-whether-a-firewall-is-blocking-the-rdp-port",
}

# Words and values that every room of the core may import.
VALUES = {"errors", "model", "phrases", "quoting", "text"}
# What each room may import besides. A room that names itself has files that build on each other.
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "model": set(),
    "phrases": set(),
    "quoting": set(),
    "text": set(),
    "lost": set(),
    "formats": {"formats"},
    "tools": {"formats"},
    "file_transfer": {"tools"},
    "probes": {"tools"},
    "readings": set(),
    "state": {"formats", "tools", "file_transfer", "probes", "readings", "state"},
    "check": {"state"},
    "diagnosis": {"readings", "state", "check"},
    "gathering": {"lost", "probes", "readings", "state", "check", "diagnosis"},
    "checks": {"formats", "tools", "probes", "readings", "state", "check", "checks"},
    "facts": {"tools", "probes", "readings", "state", "diagnosis", "checks"},
    "repairs": {"formats", "tools", "file_transfer", "probes", "readings", "state", "diagnosis", "checks", "repairs"},
    "reach": {"tools", "probes", "readings", "reach"},
    "recording": {"formats", "tools", "state", "recording"},
    "report": {"report"},
}
# What the repairs have in common.
SHARED_BY_REPAIRS = {"backup", "only_key", "reference", "restart", "run", "stoppable", "undo_script"}
PURE_STANDARD_LIBRARY = {
    "__future__", "abc", "base64", "binascii", "bisect", "codecs", "collections", "csv", "dataclasses", "datetime",
    "enum", "functools", "hashlib", "io", "ipaddress", "itertools", "json", "re", "string", "struct", "sys", "textwrap",
    "traceback", "types", "typing", "unicodedata", "xml",
}  # fmt: skip
# What single rooms may use of module_utils, which import nothing else of the collection. These are as pure as the core.
OF_MODULE_UTILS = {"reach": {"rdp_errors", "rdp_observation"}}
# What single rooms may use beside it.
ALSO_ALLOWED = {
    "formats": {"cryptography"},
    # Its templates are files of the package; jinja2 and markupsafe come with Ansible.
    "report": {"html", "importlib", "jinja2", "markupsafe", "urllib", "xml"},
}


def _room(path: Path) -> str:
    return path.relative_to(CORE).parts[0].removesuffix(".py")


def _imports(path: Path) -> t.Iterator[str]:
    """The modules that a file of the core imports: core ones as rooms, others by their full name."""
    depth = len(path.relative_to(CORE).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.ImportFrom):
            if node.level == depth:
                yield from (f"room:{(node.module or alias.name).split('.')[0]}" for alias in node.names)
            elif node.level < depth:
                yield f"room:{_room(path)}"
            elif node.level == depth + 2 and (node.module or "").startswith("module_utils."):
                yield node.module or ""
            else:
                yield "outside"


CORE_FILES = sorted(path for path in CORE.rglob("*.py") if path != CORE / "__init__.py")


@pytest.mark.parametrize("path", CORE_FILES, ids=lambda path: str(path.relative_to(CORE)))
def test_core_file_imports_something_it_may_not(path: Path) -> None:
    room = _room(path)
    assert room in ROOMS, f"{room} is a new room: say in ROOMS what it may import"
    for name in _imports(path):
        if name.startswith("room:"):
            imported = name.removeprefix("room:")
            assert imported in VALUES | ROOMS[room], f"{path.name} imports {imported}"
        elif name.startswith("module_utils."):
            assert name.removeprefix("module_utils.") in OF_MODULE_UTILS.get(room, set()), f"{path.name} imports {name}"
        else:
            allowed = PURE_STANDARD_LIBRARY | ALSO_ALLOWED.get(room, set())
            assert name.split(".")[0] in allowed, f"{path.name} imports {name}: the core is pure"


@pytest.mark.parametrize("path", sorted((CORE / "tools").glob("[!_]*.py")), ids=lambda path: path.stem)
def test_tool_imports_another_tool(path: Path) -> None:
    assert "room:tools" not in set(_imports(path))


def test_host_layer_knows_more_of_the_core_than_its_values() -> None:
    text = (ROOT / "plugins/plugin_utils/_host.py").read_text(encoding="utf-8")
    assert set(re.findall(r"^from \._rdp(\S*) import", text, re.M)) == {".errors", ".model"}


@pytest.mark.parametrize("path", sorted((ROOT / "plugins/action").glob("*.py")), ids=lambda path: path.stem)
def test_action_holds_what_belongs_into_the_core(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.For, ast.While))]
    assert "import re\n" not in path.read_text(encoding="utf-8")


def test_lab_and_collection_import_each_other() -> None:
    for path in (ROOT / "tests/lab").rglob("*.py"):
        assert not re.search(
            r"^\s*(from|import) (ansible_collections|plugins)\b", path.read_text(encoding="utf-8"), re.M
        )
    for path in (ROOT / "plugins").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) (tests|lab)\b", path.read_text(encoding="utf-8"), re.M), path


def test_check_file_is_not_registered() -> None:
    files = {path.stem for path in (CORE / "checks").glob("[!_]*.py")}
    assert files == {check.id for check in CHECKS}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_check_is_not_documented(check: t.Any) -> None:
    assert check.title.endswith("."), "the first line of its docstring states health as a sentence"
    assert check.section in ANCHORS
    assert check.url == f"{ARTICLE}#{check.section}"
    assert check.needs


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_check_comes_before_one_it_requires(check: t.Any) -> None:
    order = [other.id for other in CHECKS]
    assert all(order.index(required.id) < order.index(check.id) for required in check.requires)


def _repairs() -> set[str]:
    """The checks that a file of the core repairs. The other files there are what these share."""
    return {path.stem for path in (CORE / "repairs").glob("[!_]*.py")} - SHARED_BY_REPAIRS


def test_repair_without_a_check_or_a_step_in_the_role() -> None:
    repairs = _repairs()
    assert repairs <= {check.id for check in CHECKS}
    # What only shows from outside is repaired by the repair of another check.
    assert repairs | {"reach"} == {path.stem for path in (ROOT / "roles/troubleshoot/tasks/repairs").glob("*.yml")}
    steps = (ROOT / "roles/troubleshoot/tasks/repair.yml").read_text(encoding="utf-8")
    # In the article's order, but a cause comes before what it explains.
    causes_first = dict.fromkeys(one.id for check in CHECKS for one in (*check.explained_by, check))
    assert re.findall(r"troubleshoot__check: (\w+)", steps) == [
        name for name in causes_first if name in repairs | {"reach"}
    ]


def _documentation(module: str) -> dict[str, t.Any]:
    documentation = read_docstring(str(ROOT / f"plugins/modules/{module}.py"), verbose=True)["doc"]
    assert documentation, f"plugins/modules/{module}.py has no documentation"
    add_fragments(documentation, str(ROOT / f"plugins/modules/{module}.py"), fragment_loader=fragment_loader)
    return t.cast("dict[str, t.Any]", documentation)


def _comparable(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    keys = ("type", "default", "choices", "elements", "required", "aliases")
    compared = {}
    for name, option in options.items():
        compared[name] = {key: option[key] for key in keys if key in option and option[key] not in (None, False, [])}
        if "suboptions" in option or "options" in option:
            compared[name]["options"] = _comparable(option.get("suboptions") or option["options"])
    return compared


def test_module_without_documentation_or_action() -> None:
    assert ACTIONS == MODULES


@pytest.mark.parametrize("module", ACTIONS)
def test_documentation_and_arguments_disagree(module: str) -> None:
    action = import_module(f"{COLLECTION}.plugins.action.{module}").ActionModule
    assert _comparable(_documentation(module)["options"]) == _comparable(action.ARGUMENTS)


def test_same_result_is_documented_differently() -> None:
    # What all repairs return is written out in each module. ansible-core 2.20 has fragments for RETURN (ansible#72635),
    # but 2.19, which this collection supports, fails on them (ansible#85644).
    shared = ("finding", "before", "after", "steps", "commands", "backup", "backup_copy", "restarted")

    def without_samples(returned: t.Any) -> t.Any:
        return {name: {**item, "sample": None} for name, item in returned.items() if name in shared}

    documented = [
        without_samples(read_docstring(str(path), verbose=True)["returndocs"])
        for path in (ROOT / "plugins/modules").glob("*.py")
        if "winops.rdp.rdp.repair" in path.read_text(encoding="utf-8")
    ]
    assert len(documented) == len(_repairs())
    assert all(set(one) == set(shared) and one == documented[0] for one in documented)


@pytest.mark.parametrize("path", sorted((ROOT / "plugins/filter").glob("*.py")), ids=lambda path: path.stem)
def test_filter_without_a_file_of_its_own(path: Path) -> None:
    # Ansible shows the documentation of the file in which it finds a filter, whatever the filter is called.
    assert list(import_module(f"{COLLECTION}.plugins.filter.{path.stem}").FilterModule().filters()) == [path.stem]
    assert read_docstring(str(path), verbose=True)["doc"]["name"] == path.stem


@pytest.mark.parametrize("module", MODULES)
def test_module_is_not_in_the_action_group(module: str) -> None:
    groups = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))["action_groups"]
    assert module in groups["rdp"] and len(groups["rdp"]) == len(MODULES)


def test_role_default_and_argument_spec_disagree() -> None:
    role = ROOT / "roles/troubleshoot"
    defaults = yaml.safe_load((role / "defaults/main.yml").read_text(encoding="utf-8"))
    specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    for spec in specs.values():
        for name, option in spec["options"].items():
            assert defaults[name] == option["default"], name
    assert set(defaults) == {name for spec in specs.values() for name in spec["options"]}


def test_variable_that_the_role_does_not_know() -> None:
    role = ROOT / "roles/troubleshoot"
    specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    known = {name for spec in specs.values() for name in spec["options"]}
    results = {f"troubleshoot_{name}" for name in ("result", "before", "repairs", "refusals")}
    texts = [
        ROOT / "README.md",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "playbooks").glob("*.yml"),
        *role.rglob("*.yml"),
    ]
    used = {name for path in texts for name in re.findall(r"\btroubleshoot_(?!_)\w+", path.read_text("utf-8"))}
    assert used - results == known
    # Without a prefix, a variable of somebody's inventory would be taken.
    given = {name for path in texts for name in re.findall(r"-e '?(\w+)=", path.read_text(encoding="utf-8"))}
    assert given <= known


def test_switch_of_the_role_that_a_text_would_turn_on() -> None:
    # `-e troubleshoot_repair=false` and inventories in INI give texts. Templates take them for true, whatever they say.
    role = ROOT / "roles/troubleshoot"
    specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    switches = {name for spec in specs.values() for name, option in spec["options"].items() if option["type"] == "bool"}
    # A module's option may get the value as it is: the module knows what type it wants.
    careless = re.compile(rf"\b(?:when:|if|and|or|not) (?:{'|'.join(switches)})\b(?! \| bool)")
    for path in [*role.glob("tasks/**/*.yml"), *role.glob("vars/*.yml")]:
        assert not careless.search(path.read_text(encoding="utf-8")), path


def test_file_without_licence() -> None:
    listed = [
        path for folder in ("plugins", "tests", "dev", "roles", "playbooks") for path in (ROOT / folder).rglob("*")
    ]
    for path in listed:
        if path.suffix in (".py", ".yml") and "__pycache__" not in path.parts and path.read_bytes():
            assert "SPDX-License-Identifier" in path.read_text(encoding="utf-8")[:400], path


def test_secret_or_translated_word_is_compared() -> None:
    words = (
        r"Listen|LISTENING|Active|RUNNING|STOPPED|Running|Stopped|Everyone|Administrators|Enabled|Disabled|\(Default\)"
    )
    comparison = re.compile(rf"(==|\bin\b|startswith\(|endswith\(|re\.\w+\(r?)\s*\(?r?[\"']({words})")
    for path in CORE.rglob("*.py"):
        assert not comparison.search(path.read_text(encoding="utf-8")), path


def test_role_without_a_readme() -> None:
    """Galaxy's importer refuses the whole archive then."""
    roles = [folder for folder in (ROOT / "roles").iterdir() if folder.is_dir()]
    assert roles and [role.name for role in roles if not (role / "README.md").is_file()] == []


@pytest.mark.parametrize("path", sorted((ROOT / "plugins").rglob("*.py")), ids=lambda path: path.stem)
def test_variable_that_ansible_test_refuses(path: Path) -> None:
    """Its pylint wants a name for what is not used, because ``_`` is often a function that translates."""
    names = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Name)]
    assert [name.lineno for name in names if name.id == "_" and isinstance(name.ctx, ast.Store)] == []


def test_time_limit_on_a_task_that_repairs() -> None:
    """A repair that is cut off is not undone: Ansible's time limit is for tasks that only look. All of them have it."""
    for path in (*(ROOT / "playbooks").glob("*.yml"), *(ROOT / "roles").rglob("tasks/**/*.yml")):
        for task in _tasks(yaml.safe_load(path.read_text(encoding="utf-8"))):
            looks = "winops.rdp.rdp_info" in task
            assert ("timeout" in task) == looks, f"{path}: {task.get('name')}"


def _tasks(node: t.Any) -> t.Iterator[dict[str, t.Any]]:
    """Every mapping of a playbook that is or holds tasks."""
    if isinstance(node, list):
        for one in node:
            yield from _tasks(one)
    elif isinstance(node, dict):
        yield node
        for key in ("tasks", "pre_tasks", "post_tasks", "block", "rescue", "always"):
            yield from _tasks(node.get(key))
