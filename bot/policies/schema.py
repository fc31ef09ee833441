"""The JSON Schema of a policy file: an editor completes the file with it, and marks mistakes at once."""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from bot.escalation.policy import Policy
from bot.policies.merge import LEAVE_OUT
from bot.policies.source import EXTENDS

Schema = dict[str, Any]

_YES_NO = {"enum": [True, False, "yes", "no"]}
_EXTENDED = "The policy file that this one changes, without “.yaml”: only what differs is written here."
_MERGED: dict[str, tuple[str, ...]] = {
    "Stage": ("number",),
    "Clock": ("name",),
    "Outcome": ("code",),
    **dict.fromkeys(("Priority", "Exclusion", "PreStage", "Check", "Question"), ("id",)),
    **dict.fromkeys(("Calendar", "Week", "UrgentTrack", "Variant", "StageForm", "Meeting", "Moves", "Reach",
                     "Allowed", "Extend", "Pause", "Reopen", "Closing", "LeastData", "Retention"), ()),
}  # fmt: skip
"""The parts of which an extending file may say only what differs, and what tells one in a list from the
others; every other list it writes out whole."""
_SAID = {
    "id": "A short name for the record.",
    "title": "What people see.",
    "partnership": "Whose policy it is; left out of an example.",
    "jurisdiction": "Where and for whom it holds, in words.",
    "within_one_agency": "Whether both sides are of the raiser's own agency.",
    "status": "“example” is nobody's; “sourced” is taken from what was published, “superseded” from an "
    "edition that was replaced since; “provisional” lists what is “unconfirmed”; “confirmed” is the "
    "partnership's own word.",
    "version": "To tell one edition from the next. A case keeps the one that it began with.",
    "source": "Where the policy can be read.",
    "unconfirmed": "What the partnership has still to confirm. People are shown these lines.",
    "calendar": "When people work. Working time is counted in these hours only.",
    "urgent": "Whom to ring when a child is at risk now, in this order.",
    "before": "Steps before the ladder: asked about, and never a condition.",
    "exclusions": "What this ladder is not for, and where that belongs.",
    "priorities": "Tiers that the raiser chooses from; clocks then have a time for each.",
    "urgent_track": "A faster way through the ladder. Stages say what differs.",
    "stages": "The ladder, from the first rung up.",
    "caps": "Limits over several stages together.",
    "moves": "What else can be done with a case, and by whom.",
    "reach": "How far a message goes until somebody has it.",
    "least_data": "What somebody may keep in their words although it looks as if it said who is meant.",
    "copies": "Who is told beside the parties.",
    "outcomes": "How a case can end.",
    "closing": "Who must agree to the outcome.",
    "after_closing": "What is asked of people once a case is closed.",
    "retention": "What is kept how long once a case is closed. What is left out is not erased.",
    "prompt_again": "How long a question may go unanswered before more people are asked.",
    "identify_within": "How long the receiving side has to say that it knows which child is meant.",
    "confirm_talk_within": "How long the other side has to confirm a recorded conversation.",
}


class _AsWritten(GenerateJsonSchema):
    """The schema of what people write, and not of what is read from it: a single post instead of a list,
    “yes” and “no”, and numbers where a text is meant."""

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:
        return dict(_YES_NO)

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        found = super().str_schema(schema)
        return found if "[a-z]" in found.get("pattern", "") else {**found, "type": ["string", "number"]}

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        found = super().function_before_schema(schema)
        if found.get("type") != "array":
            return found
        return {"anyOf": [found["items"], found]}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """What may be absent is left out; nobody writes an empty value."""
        return self.generate_inner(schema["schema"])

    def generate(
        self, schema: core_schema.CoreSchema, mode: JsonSchemaMode = "validation"
    ) -> JsonSchemaValue:
        found: JsonSchemaValue = _tidied(super().generate(schema, mode))
        return found


def schema() -> Schema:
    """The schema, as plain data: that of a whole policy, or of one that extends another."""
    whole: Schema = Policy.model_json_schema(schema_generator=_AsWritten)
    for name, said in _SAID.items():
        whole["properties"][name]["description"] = said
    parts: Schema = whole.pop("$defs")
    parts["Policy"] = whole
    changed = {f"Changed{kind}": _changed(parts[kind], kind) for kind in sorted({"Policy", *_MERGED})}
    stage = parts["Stage"]
    stage["required"] = [name for name in stage["required"] if name != "receiving"]
    stage["anyOf"] = [{"required": ["receiving"]}, {"required": ["meeting"]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An escalation policy for Braver",
        "type": "object",
        "if": {"required": [EXTENDS]},
        "then": {"$ref": "#/$defs/ChangedPolicy"},
        "else": {"$ref": "#/$defs/Policy"},
        "$defs": {**parts, **changed},
    }


def _changed(part: Schema, kind: str) -> Schema:
    """A part as a file writes it that extends another: only what tells it from others must be there."""
    found: Schema = _merging(part)
    found["required"] = list(_MERGED.get(kind, (EXTENDS, "id", "version")))
    if kind == "Policy":
        extends = {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,39}$", "description": _EXTENDED}
        found["properties"] = {EXTENDS: extends, **found["properties"]}
    elif _MERGED[kind]:
        leave_out = {"enum": [True, "yes"], "description": "Takes this part of the extended file away."}
        found["properties"] = {**found["properties"], LEAVE_OUT: leave_out}
    return found


def _merging(part: Any) -> Any:
    """The same, over the parts that are merged with those of the extended file."""
    if isinstance(part, list):
        return [_merging(one) for one in part]
    if not isinstance(part, dict):
        return part
    found = {key: _merging(value) for key, value in part.items()}
    kind = str(found.get("$ref", "")).rpartition("/")[2]
    return {**found, "$ref": f"#/$defs/Changed{kind}"} if kind in _MERGED else found


def text() -> str:
    """The schema as the file content/policies/policy.schema.json has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _tidied(part: Any) -> Any:
    """Without the names that only repeat the keys, and with the limits of lists where they belong."""
    if isinstance(part, list):
        return [_tidied(one) for one in part]
    if not isinstance(part, dict):
        return part
    found = {key: _tidied(value) for key, value in part.items()}
    if isinstance(found.get("title"), str):
        del found["title"]
    if found.get("default", ...) is None:
        del found["default"]
    for wrong, right in (("minLength", "minItems"), ("maxLength", "maxItems")):
        if wrong in found and ("anyOf" in found or found.get("type") == "array"):
            lists = [found] if found.get("type") == "array" else found["anyOf"]
            limit = found.pop(wrong)
            for one in lists:
                if one.get("type") == "array":
                    one[right] = limit
    return found
