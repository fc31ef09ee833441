"""What only some policies ask of an escalation, in one form between the words and the preview: who decided,
the priority, the urgent track, by when the child needs an answer, the form of the first stage."""

from bot.chat.form import ChoiceField, Field, Form, Option, PersonField, Values, form
from bot.chat.turn import Person
from bot.desk import PRACTITIONER, Desk, Filing
from flows.checking import text
from flows.entering import Ahead, entry_fields, is_asked, read_entry, reply_by_problem
from flows.raising_forms import Draft, SendDetails, words

_BY_PERSON = (PRACTITIONER, "line_manager")
"""The posts of the other side that depend on who decided."""


def details_form(desk: Desk, draft: Draft) -> Form | None:
    """The form, or None where the policy asks for nothing more."""
    ahead, track = _ahead(desk, draft), desk.policy.urgent_track
    fields: tuple[Field, ...] = (*_decided_by(desk, draft), *_priority(desk, draft))
    if is_asked(ahead, track):
        fields += entry_fields(desk, ahead, track, draft.said)
    if not fields:
        return None
    intro = words.blocks("details.intro")
    for stage_form in dict.fromkeys(one.stage.form for one in ahead):
        intro += words.blocks("details.form", form=stage_form.name) if stage_form else ()
    return form(words("details.title"), fields, SendDetails(), words("details.submit"), intro)


def more_asked(desk: Desk, person: Person, draft: Draft) -> bool:
    """Whether the form may come, whichever agency is chosen."""
    agencies = [agency.id for agency in desk.directory.agencies if agency.id != person.agency]
    if desk.policy.within_one_agency:
        agencies = [person.agency]
    return any(details_form(desk, draft.model_copy(update={"agency": agency})) for agency in agencies)


def read_details(desk: Desk, person: Person, draft: Draft, values: Values) -> tuple[Draft, dict[str, str]]:
    """The draft with what was chosen, and what is wrong with it: field → words."""
    track = desk.policy.urgent_track
    draft = draft.model_copy(
        update={"decided_by": text(values, "decided_by"), "priority": text(values, "priority")}
    )
    urgent = track is not None and values.get("urgent") is True
    said, errors = read_entry(desk, _chosen(desk, draft, urgent), values)
    draft = draft.model_copy(update={"said": said})
    return draft, errors | _wrong_person(desk, person, draft)


def details_missing(desk: Desk, person: Person, draft: Draft) -> dict[str, str]:
    """What stands against filing what was written, since the time asked for has passed meanwhile, somebody
    has left, or the policy has changed: field → words."""
    errors = _wrong_person(desk, person, draft)
    if desk.policy.priorities and not _known_priority(desk, draft):
        errors["priority"] = words.form_words.required
    chosen = _chosen(desk, draft, _urgent(desk, draft))
    required = (field for field, _, required in chosen.fields() if required)
    errors |= {field: words.form_words.required for field in required if not draft.said.answers.get(field)}
    problem = reply_by_problem(desk, chosen, draft.said.reply_by)
    return errors | ({"reply_by": problem} if problem else {})


def filing(desk: Desk, draft: Draft, involved: tuple[str, ...]) -> Filing:
    """What is filed: of the draft, what this policy asks for."""
    urgent = _urgent(desk, draft)
    return Filing(
        draft.agency, draft.concern(), frozenset(involved), priority=_known_priority(desk, draft),
        urgent=urgent, decided_by=draft.decided_by if _decided_by(desk, draft) else "",
        unbacked=draft.unbacked, entry=_chosen(desk, draft, urgent).entry(draft.said),
    )  # fmt: skip


def _urgent(desk: Desk, draft: Draft) -> bool:
    return desk.policy.urgent_track is not None and draft.said.urgent is True


def _known_priority(desk: Desk, draft: Draft) -> str:
    return draft.priority if draft.priority in {one.id for one in desk.policy.priorities} else ""


def _chosen(desk: Desk, draft: Draft, urgent: bool) -> Ahead:
    """The stage at which a case of this draft begins."""
    policy = desk.policy
    first = policy.next_stage(0, urgent, draft.agency) or policy.stage(1, urgent)
    return Ahead(first, _known_priority(desk, draft))


def _ahead(desk: Desk, draft: Draft) -> tuple[Ahead, ...]:
    """Every stage at which it may begin: track and priority are chosen in the same form."""
    tracks = (False, True) if desk.policy.urgent_track is not None else (False,)
    priorities = [one.id for one in desk.policy.priorities] or [""]
    drafts = [draft.model_copy(update={"priority": priority}) for priority in priorities]
    return tuple(_chosen(desk, one, urgent) for urgent in tracks for one in drafts)


def _decided_by(desk: Desk, draft: Draft) -> tuple[Field, ...]:
    """Who decided, where that decides who is messaged."""
    posts = {post for one in _ahead(desk, draft) for post in one.stage.posts("receiving", draft.agency)}
    if posts.isdisjoint(_BY_PERSON):
        return ()
    scope = f"agency:{draft.agency}"
    found = desk.directory.search("", scope)
    options = tuple(Option(entry.id, f"{entry.name}, {entry.role}") for entry in found)
    label, hint = words("details.decided_by"), words("details.decided_by_hint")
    return (PersonField("decided_by", label, scope, options, hint, required=False, value=draft.decided_by),)


def _wrong_person(desk: Desk, person: Person, draft: Draft) -> dict[str, str]:
    """Who decided is somebody of the agency in question, and never who raises it."""
    if not draft.decided_by or not _decided_by(desk, draft):
        return {}
    entry = desk.directory.person(draft.decided_by)
    right = entry is not None and entry.agency == draft.agency and entry.id != person.id
    return {} if right else {"decided_by": words("details.decided_by_wrong")}


def _priority(desk: Desk, draft: Draft) -> tuple[Field, ...]:
    priorities = desk.policy.priorities
    if not priorities:
        return ()
    options = tuple(Option(one.id, one.label) for one in priorities)
    hint = " ".join(f"{one.label}: {one.hint.rstrip('.')}." for one in priorities if one.hint)
    return (ChoiceField("priority", words("details.priority"), options, hint, value=draft.priority),)
