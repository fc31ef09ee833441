"""Every text that a person writes goes through the guard against identifiers before anything keeps it.

The flows are read as they stand: each form that is built, each handler that takes a form, each question that
is answered by typing, each command that takes words along. What is let by is listed here, with the reason.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from bench.identifiers import staff as staff_of_the_example
from bot.chat.form import ChoicesField, LongTextField, TextField, Value, form
from bot.desk import Desk, Policy
from bot.escalation import events as e
from bot.escalation.free_text import NOT_GUARDED, STAFF, WRITTEN
from bot.escalation.policy.rules import LeastData
from bot.guidance.identifiers import NOBODY, Known, find
from bot.policies.source import load, shipped
from flows import all_flows
from flows.checking import invalid
from flows.entries import OpenHome
from flows.people import entry_form
from tests.units.cases import POLICY

ROOT = Path(__file__).parents[2]

WITHOUT_TEXT = {
    ("raising", "file"): "the preview: only who is involved is chosen there",
    ("replying", "send_go_up"): "the same, on going up a stage",
}
"""Handlers of forms that hold no text."""
EXEMPT = {
    ("raising", "phone"): "the raiser's own work phone",
    ("meeting", "where"): "the address, the link or the number of a meeting",
    ("keeping", "reference"): "compared with the references of cases, and not kept",
    ("people/entry", "phone"): "a work phone of the directory",
    ("people/entry", "works"): "read as weekdays, and kept as these alone",
    ("people/entry", "email"): "a work address of the directory",
    ("people/entry", "line_manager"): "chosen from the directory",
}
STAFF_NAMED = {("raising", "who"), ("talking", "who"), ("talking", "owner")}
"""Fields that ask for professionals by their names: these are let through, and nothing else."""
GUARDS = {"find", "identifying", "invalid", "without"}
TYPED = {("training", "training"): "a code of five letters, of which there is a group or there is none"}
"""Commands that take words along and do not keep them."""


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted((ROOT / "flows").rglob("*.py")):
        name = str(file.relative_to(ROOT / "flows").with_suffix("")).replace("\\", "/")
        yield name, ast.parse(file.read_text(encoding="utf-8"))


def _functions(tree: ast.Module) -> Iterator[ast.AsyncFunctionDef | ast.FunctionDef]:
    return (node for node in tree.body if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef))


def _calls(node: ast.AST) -> set[str]:
    return {
        call.func.id if isinstance(call.func, ast.Name) else call.func.attr
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name | ast.Attribute)
    }


def _decorated(function: ast.AST, by: str) -> bool:
    decorators = getattr(function, "decorator_list", ())
    return any(isinstance(one, ast.Call) and ast.unparse(one.func).endswith(f".{by}") for one in decorators)


def test_whoever_reads_a_form_sends_it_through_the_guard() -> None:
    """Each handler that reads what was submitted checks it by `invalid`, but for two that hold no text."""
    unguarded = {
        (module, function.name)
        for module, tree in _modules()
        for function in _functions(tree)
        if "submitted" in _calls(function) and "invalid" not in _calls(function)
    }
    assert unguarded - {("checking", "submitted")} == set(WITHOUT_TEXT)


def test_forms_are_read_in_one_way_alone() -> None:
    """What stands in a form is read by `submitted`, which puts back what may be put back; nowhere else."""
    readers = {
        module
        for module, tree in _modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node).endswith("act.values")
    }
    assert readers == {"checking", "refusals"}


def test_every_form_that_is_built_comes_back_to_a_guarded_handler() -> None:
    """The action of each form belongs to a handler that reads it by `submitted`, so through the guard."""
    read: set[str] = set()
    built: set[str] = set()
    for _, tree in _modules():
        for function in _functions(tree):
            if _decorated(function, "on") and "submitted" in _calls(function):
                read |= {ast.unparse(one.args[0]).rpartition(".")[2] for one in _on(function)}
            built |= set(_form_actions(function))
    assert len(built) > 25
    assert built <= read


def _on(function: ast.AST) -> Iterator[ast.Call]:
    for one in getattr(function, "decorator_list", ()):
        if isinstance(one, ast.Call) and ast.unparse(one.func).endswith(".on"):
            yield one


def _form_actions(function: ast.AST) -> Iterator[str]:
    """The classes of the actions with which `form(…)` is called in here."""
    names = {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(function):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "form":
            action = call.args[2]
            action = names.get(action.id, action) if isinstance(action, ast.Name) else action
            if isinstance(action, ast.Call):
                yield ast.unparse(action.func).rpartition(".")[2]


def test_what_is_let_by_is_what_is_listed() -> None:
    """A field that is not searched, or only for less, is named here with its reason."""
    exempt: set[tuple[str, str]] = set()
    staff: set[tuple[str, str]] = set()
    for module, tree in _modules():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "invalid":
                for keyword in call.keywords:
                    into = exempt if keyword.arg == "exempt" else staff
                    into |= {(module, field) for field in _listed(keyword.value)}
    assert exempt == set(EXEMPT)
    assert staff == STAFF_NAMED


def _listed(value: ast.expr) -> tuple[str, ...]:
    if isinstance(value, ast.Name):
        return tuple(getattr(entry_form, value.id))
    return tuple(ast.literal_eval(value))


def test_every_typed_answer_is_guarded() -> None:
    """The answer to each question, and words in a case's thread."""
    handlers = {
        (module, function.name): _calls(function)
        for module, tree in _modules()
        for function in _functions(tree)
        if _decorated(function, "question")
    }
    asked = {kind for flow in all_flows() for kind in flow.questions}
    assert len(handlers) == len(asked)
    assert [name for name, calls in handlers.items() if not calls & GUARDS] == []
    sharing = dict(_modules())["sharing"]
    assert "find" in next(_calls(one) for one in _functions(sharing) if one.name == "typed_in_thread")


def test_commands_keep_none_of_the_words_that_follow_them() -> None:
    """A command with words after it guards them, or is listed with what becomes of them."""
    unguarded = {
        (module, function.name)
        for module, tree in _modules()
        for function in _functions(tree)
        if _decorated(function, "command") and "argument" in _calls(function)
        if not _calls(function) & (GUARDS | {"answer"})
    }
    assert unguarded == set(TYPED)


def test_each_text_of_an_event_is_known_for_what_it_is() -> None:
    """A new field of an event is written by hand, and guarded, or it is not: somebody has to say so."""
    no_words = {
        "by", "case", "reference", "training", "raising_agency", "receiving_agency", "priority", "decided_by",
        "person", "way", "clock", "name", "side", "because", "coordinator", "lead", "outcome", "on", "sees",
        "check", "rule",
    }  # fmt: skip
    for kind in e.Event.__subclasses__():
        for field, about in kind.model_fields.items():
            if about.annotation is str:
                assert field in no_words | WRITTEN | STAFF | NOT_GUARDED, (kind.kind, field)


def test_the_labels_of_shipped_policies_pass_the_guard() -> None:
    """A partnership's own words, quoted in an answer, are not taken for somebody's name."""
    for file in shipped():
        policy = load(file)
        said = [one.name for one in policy.stages] + [one.label for one in policy.outcomes]
        assert [text for text in said if find(text, staff_of_the_example())] == [], file.name


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the guard asks of a desk."""

    policy: Policy = POLICY
    known: Known = NOBODY


@pytest.mark.parametrize("kind", [TextField, LongTextField])
def test_a_text_of_either_kind_comes_back_without_what_was_found(
    kind: type[TextField | LongTextField],
) -> None:
    """Whatever the field is called, and beside whatever else is wrong; a name is offered to be put back."""
    fields = (kind("one", "One"), kind("other", "Other", required=False), kind("needed", "Needed"))
    shown = form("Title", fields, OpenHome(), "Send")
    values: dict[str, Value] = {"one": "Sam Carter, NHS 943 476 5919.", "other": "All is well."}
    again = invalid(shown, values, cast("Desk", _Desk()))
    assert again is not None
    assert set(again.form.errors) == {"one", "needed"}
    assert "“Sam Carter” looks like somebody's full name" in again.form.errors["one"]
    given = {item.id: item for item in again.form.fields}
    assert getattr(given["one"], "value") == "[name removed], NHS [NHS number removed]."  # noqa: B009
    assert isinstance(given["keep_one"], ChoicesField)
    assert [one.value for one in given["keep_one"].options] == ["[name removed]=Sam Carter"]
    assert again.form.instance != shown.instance


def test_what_the_policy_lets_nobody_keep_is_not_offered_back() -> None:
    """Not even a likely name, where the policy says so; and a made-up choice puts nothing back."""
    strict = POLICY.model_copy(update={"least_data": LeastData(overrule=())})
    shown = form("Title", (LongTextField("one", "One"),), OpenHome(), "Send")
    values: dict[str, Value] = {"one": "Sam Carter came.", "keep_one": ("[name removed]=Sam Carter",)}
    again = invalid(shown, values, cast("Desk", _Desk(policy=strict)))
    assert again is not None
    assert [item.id for item in again.form.fields] == ["one"]
    assert invalid(shown, values, cast("Desk", _Desk())) is None


def test_a_number_is_never_kept_whatever_comes_back() -> None:
    """The choice is made by the form alone, and the policy decides."""
    shown = form("Title", (LongTextField("one", "One"),), OpenHome(), "Send")
    values: dict[str, Value] = {
        "one": "See 943 476 5919.",
        "keep_one": ("[NHS number removed]=943 476 5919",),
    }
    assert invalid(shown, values, cast("Desk", _Desk())) is not None


def test_a_phone_number_can_be_kept_where_the_policy_names_it() -> None:
    """And then a likely name can't, unless it is named too."""
    lenient = POLICY.model_copy(update={"least_data": LeastData(overrule=("phone",))})
    shown = form("Title", (LongTextField("one", "One"),), OpenHome(), "Send")
    again = invalid(shown, {"one": "Sam Carter, 07700 900456"}, cast("Desk", _Desk(policy=lenient)))
    assert again is not None
    (field,) = (item for item in again.form.fields if isinstance(item, ChoicesField))
    assert [one.label for one in field.options] == [
        "Put “07700 900456” back in place of [phone number removed]"
    ]
