# Copyright: (c) 2026, winops.rdp contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented format of a saved report, for tests of what is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).resolve().parents[1] / "plugins/plugin_utils/_rdp/report/schema.json"


def validate(document: Any) -> None:
    """Refuse a document that is not as the schema says, or holds a member that the schema does not know."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(_closed(schema)).validate(document)


def _closed(schema: Any) -> Any:
    """Allow no undocumented member, except in objects that are documented as open."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(member) for name, member in schema.items()}
    described = schema.get("properties", {})
    # What reach_matrix returned stands beside the two members that a report adds.
    if described and "additionalProperties" not in schema and set(described) != {"time", "source"}:
        closed["additionalProperties"] = False
    return closed
