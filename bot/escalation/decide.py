"""What a command does to a case: `decide(case, command, standing, now)` → events, or a refusal. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.escalation import commands as c
from bot.escalation import events as e
from bot.escalation.case import Case, apply
from bot.escalation.clocks import agreed, live_clocks, overdue, stage_clock
from bot.escalation.policy import Side

Events = tuple[e.Event, ...]


class Refusal(Exception):
    """The command has no effect. `why` is a key of the words in `content/flows/refusals.yaml`; `case` is
    the id of the case, set by the desk."""

    case: str = ""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NotTheirs(Refusal):
    """This person may not do this on this case."""


class Stale(Refusal):
    """The stage or the step is over. `since` is the kind of the event that ended it."""

    def __init__(self, since: str) -> None:
        super().__init__("stale")
        self.since = since


class Standing(Protocol):
    """Who stands where, as the directory says now."""

    def parties(self, case: Case, stage: int, not_these: frozenset[str]) -> e.Parties:
        """Who is messaged at this stage. Never nobody: where nobody holds a post, somebody stands in."""

    def cover(self, case: Case, side: Side, absent: str) -> e.Party:
        """Who gets a side's message of the present stage when `absent` can't be reached."""

    def colleague(self, case: Case, side: Side, person: str) -> e.Party | None:
        """`person` as a party of this side, where they belong to its agency."""

    def lead(self, agency: str) -> str:
        """The safeguarding lead of an agency; empty where it has none."""

    def coordinator(self) -> str:
        """The safety net, who is never shown what a case is about; empty for a training group."""


def decide(case: Case | None, command: c.Command, standing: Standing, now: datetime) -> Events:
    """The events that the command causes; () where it is already so. Raises Refusal."""
    if isinstance(command, c.Raise):
        return _raise(command, standing, now)
    assert case is not None
    if isinstance(command, c.RunOut):
        return _run_out(case, command.clock, standing, now)
    if isinstance(command, c.Delivered):
        fresh = case.open and command.stage == case.stage_number and command.person not in case.told
        return (e.Told(at=now, person=command.person),) if fresh else ()
    if isinstance(command, c.Undeliverable):
        return _undeliverable(case, command, standing, now)
    if command.by not in case.members:
        raise NotTheirs("not_on_case")
    if isinstance(command, c.ShowUrgent):
        return (e.UrgentShown(at=now, by=command.by),)
    if case.members[command.by].role == "coordinator" and not isinstance(command, c.HandOver):
        raise NotTheirs("only_finds_who")
    if not case.open:
        raise Stale(e.Withdrawn.kind if case.ending and case.ending.outcome == "withdrawn" else e.Closed.kind)
    return _BY_PERSON[type(command)](case, command, standing, now)


def _raise(command: c.Raise, standing: Standing, now: datetime) -> Events:
    raised = e.CaseRaised(
        at=now, by=command.by, case=command.case, reference=command.reference, training=command.training,
        policy=command.policy, raising_agency=command.raising_agency,
        receiving_agency=command.receiving_agency, concern=command.concern,
        involved=tuple(sorted(command.involved)),
    )  # fmt: skip
    case = apply(None, raised)
    return raised, _enter(case, 1, "raised", "", "", frozenset(), standing, now)


def _enter(
    case: Case, stage: int, because: e.Step, reason: str, by: str,
    involved: frozenset[str], standing: Standing, now: datetime,
) -> e.StageEntered:  # fmt: skip
    return e.StageEntered(
        at=now, by=by, stage=stage, because=because, reason=reason, involved=tuple(sorted(involved)),
        parties=standing.parties(case, stage, frozenset(case.involved) | involved),
    )  # fmt: skip


def _acknowledge(case: Case, command: c.Acknowledge, standing: Standing, now: datetime) -> Events:
    _at_stage(case, command.stage)
    side = _party(case, command.by)
    if side in case.acknowledged:
        if case.acknowledged[side].by == command.by:
            return ()
        raise Stale(e.Acknowledged.kind)
    return (e.Acknowledged(at=now, by=command.by, side=side),)


def _answer(case: Case, command: c.Answer, standing: Standing, now: datetime) -> Events:
    _at_stage(case, command.stage)
    if _party(case, command.by) != "receiving":
        raise NotTheirs("answer_other_side")
    if case.proposal is not None:
        raise Stale(e.Answered.kind)
    return (e.Answered(at=now, by=command.by, text=command.text),)


def _accept(case: Case, command: c.Accept, standing: Standing, now: datetime) -> Events:
    _raiser(case, command.by)
    _answered(case, command.stage, command.round)
    if command.outcome not in {outcome.code for outcome in case.policy.outcomes}:
        raise Refusal("no_such_outcome")
    return (e.Closed(at=now, by=command.by, outcome=command.outcome, note=command.note),)


def _not_accept(case: Case, command: c.NotAccept, standing: Standing, now: datetime) -> Events:
    _raiser(case, command.by)
    _answered(case, command.stage, command.round)
    refused = e.AnswerNotAccepted(at=now, by=command.by, reason=command.reason)
    after = case.policy.next_stage(case.stage_number)
    if after is None:
        return (refused,)
    entered = _enter(
        case, after.number, "not_accepted", command.reason, command.by, command.involved, standing, now
    )
    return refused, entered


def _go_up(case: Case, command: c.GoUp, standing: Standing, now: datetime) -> Events:
    _at_stage(case, command.stage)
    if case.side_of(command.by) != "raising":
        raise NotTheirs("go_up_other_side")
    _still_waiting(case)
    after = case.policy.next_stage(case.stage_number)
    if after is None:
        raise Refusal("last_stage")
    return (_enter(case, after.number, "asked", command.reason, command.by, command.involved, standing, now),)


def _hand_over(case: Case, command: c.HandOver, standing: Standing, now: datetime) -> Events:
    _at_stage(case, command.stage)
    side = _party(case, command.by)
    to = standing.colleague(case, side, command.to)
    if to is None or command.to == command.by:
        raise Refusal("not_a_colleague")
    if command.to in case.involved:
        raise Refusal("colleague_involved")
    known = case.members.get(command.to)
    if known is not None and (known.role == "raiser" or (known.side != side and known.role != "coordinator")):
        raise Refusal("colleague_on_other_side")
    return (e.HandedOver(at=now, by=command.by, side=side, to=to, reason=command.reason),)


def _ask_more_time(case: Case, command: c.AskMoreTime, standing: Standing, now: datetime) -> Events:
    _at_stage(case, command.stage)
    if _party(case, command.by) != "receiving":
        raise NotTheirs("answer_other_side")
    if case.proposal is not None:
        raise Stale(e.Answered.kind)
    if command.until <= now:
        raise Refusal("until_in_the_past")
    due = stage_clock(case, "respond", "receiving")
    if due is not None and command.until <= due:
        raise Refusal("until_not_later")
    return (e.MoreTimeAsked(at=now, by=command.by, until=command.until, reason=command.reason),)


def _agree_more_time(case: Case, command: c.AgreeMoreTime, standing: Standing, now: datetime) -> Events:
    _at_stage(case, command.stage)
    if case.side_of(command.by) != "raising":
        raise NotTheirs("more_time_other_side")
    if case.proposal is not None:
        raise Stale(e.Answered.kind)
    if case.more_time is None or case.more_time.until != command.until:
        raise Stale(e.MoreTimeAgreed.kind if case.respond_by else e.MoreTimeRefused.kind)
    if command.agreed and command.until <= now:
        raise Refusal("until_in_the_past")
    if command.agreed:
        return (e.MoreTimeAgreed(at=now, by=command.by, until=command.until),)
    return (e.MoreTimeRefused(at=now, by=command.by),)


def _identify(case: Case, command: c.Identify, standing: Standing, now: datetime) -> Events:
    if case.side_of(command.by) != "receiving":
        raise NotTheirs("identify_other_side")
    if case.identified is not None:
        return ()
    return (e.ChildIdentified(at=now, by=command.by, reference=command.reference),)


def _record_talk(case: Case, command: c.RecordTalk, standing: Standing, now: datetime) -> Events:
    side = _side(case, command.by)
    if command.when > now:
        raise Refusal("talk_in_the_future")
    recorded = e.TalkRecorded(
        at=now, by=command.by, side=side, who=command.who, when=command.when, agreed=command.agreed,
        owner=command.owner, by_when=command.by_when, corrects=case.talk is not None,
    )  # fmt: skip
    seen = case.party_side(command.by) is not None and side not in case.acknowledged
    return (e.Acknowledged(at=now, by=command.by, side=side), recorded) if seen else (recorded,)


def _confirm_talk(case: Case, command: c.ConfirmTalk, standing: Standing, now: datetime) -> Events:
    side = _side(case, command.by)
    if case.talk is None:
        raise Stale(e.AnswerNotAccepted.kind if case.round > 1 else e.StageEntered.kind)
    if case.talk.at != command.recorded_at:
        raise Stale(e.TalkRecorded.kind)
    if case.talk.confirmed_by:
        return ()
    if case.talk.side == side:
        raise NotTheirs("confirm_own_talk")
    return (e.TalkConfirmed(at=now, by=command.by),)


def _share(case: Case, command: c.Share, standing: Standing, now: datetime) -> Events:
    side = _side(case, command.by)
    return (e.Shared(at=now, by=command.by, side=side, text=command.text, with_both=command.with_both),)


def _change_risk(case: Case, command: c.ChangeRisk, standing: Standing, now: datetime) -> Events:
    if case.side_of(command.by) != "raising":
        raise NotTheirs("risk_other_side")
    return (e.RiskChanged(at=now, by=command.by, text=command.text),)


def _withdraw(case: Case, command: c.Withdraw, standing: Standing, now: datetime) -> Events:
    _raiser(case, command.by)
    lead, coordinator = told_of_withdrawal(case, standing)
    return (e.Withdrawn(at=now, by=command.by, reason=command.reason, lead=lead, coordinator=coordinator),)


def told_of_withdrawal(case: Case, standing: Standing) -> tuple[str, str]:
    """Who looks after a raiser that withdraws: the safeguarding lead of their agency, or else the
    coordinator; empty for nobody. Never the raiser, and never somebody who is involved."""
    lead = standing.lead(case.raising_agency)
    if lead and lead != case.raiser and lead not in case.involved:
        return lead, ""
    coordinator = standing.coordinator()
    return "", coordinator if coordinator != case.raiser else ""


_BY_PERSON: dict[type[object], Callable[..., Events]] = {
    c.Acknowledge: _acknowledge,
    c.Answer: _answer,
    c.Accept: _accept,
    c.NotAccept: _not_accept,
    c.GoUp: _go_up,
    c.HandOver: _hand_over,
    c.AskMoreTime: _ask_more_time,
    c.AgreeMoreTime: _agree_more_time,
    c.Identify: _identify,
    c.RecordTalk: _record_talk,
    c.ConfirmTalk: _confirm_talk,
    c.Share: _share,
    c.ChangeRisk: _change_risk,
    c.Withdraw: _withdraw,
}


def _run_out(case: Case, key: str, standing: Standing, now: datetime) -> Events:
    """A clock is due. A clock that no longer runs, or runs later now, does nothing."""
    at = live_clocks(case).get(key)
    if at is None or at > now:
        return ()
    if ":reply:" in key:
        level = case.reply_chases + 1
        people, coordinator = _whom_to_prompt(case, level, standing)
        return (e.ReplyChased(at=now, level=level, people=people, coordinator=coordinator),)
    if ":prompt:" in key:
        return (_prompt(case, standing, now),)
    if key.startswith("identify:"):
        return (e.IdentificationChased(at=now),)
    if key.startswith("talk:"):
        return (e.TalkChased(at=now),)
    return _stage_clock_ran_out(case, key, standing, now)


def _stage_clock_ran_out(case: Case, key: str, standing: Standing, now: datetime) -> Events:
    name, side = key.split("@")[0].split(":")[1:3]
    clock = next(item for item in case.stage.clocks if (item.name, item.owner) == (name, side))
    ran_out = e.ClockRanOut(at=now, clock=key, name=clock.name, side=clock.owner)
    if clock.owner == "raising":
        return (ran_out,)
    after = case.policy.next_stage(case.stage_number)
    if clock.when_due == "go_up" and after is not None:
        return ran_out, _enter(case, after.number, "clock", "", "", frozenset(), standing, now)
    if case.prompted_at is not None:
        return (ran_out,)
    return ran_out, _prompt(case, standing, now)


def _prompt(case: Case, standing: Standing, now: datetime) -> e.Prompted:
    level = case.prompts + 1
    people, coordinator = _whom_to_prompt(case, level, standing)
    return e.Prompted(at=now, level=level, people=people, coordinator=coordinator)


def _whom_to_prompt(case: Case, level: int, standing: Standing) -> tuple[tuple[str, ...], str]:
    """First the raiser and the raiser's manager, then the safeguarding lead of their agency too, then the
    coordinator; the coordinator already in place of a lead who is missing, involved or on the other side."""
    people = [case.raiser, case.now_with.raising.person]
    lead = standing.lead(case.raising_agency)
    asked = lead if lead not in case.involved and case.side_of(lead) != "receiving" else ""
    if level >= 2 and asked:
        people.append(asked)
    coordinator = standing.coordinator() if level >= (3 if asked else 2) else ""
    found = tuple(person for person in dict.fromkeys(people) if case.side_of(person) != "receiving")
    return found, "" if coordinator in found else coordinator


def _undeliverable(case: Case, command: c.Undeliverable, standing: Standing, now: datetime) -> Events:
    failed = e.NotReached(at=now, person=command.person, reason=command.reason)
    side = case.party_side(command.person)
    if not case.open or side is None or command.stage != case.stage_number:
        return (failed,)
    cover = standing.cover(case, side, command.person)
    if cover.person == command.person:
        return (failed,)
    return failed, e.HandedOver(at=now, side=side, to=cover, reason=command.reason)


def _at_stage(case: Case, stage: int | None) -> None:
    if stage is not None and stage != case.stage_number:
        raise Stale(e.StageEntered.kind)


def _answered(case: Case, stage: int, round_number: int) -> None:
    _at_stage(case, stage)
    if round_number != case.round:
        raise Stale(e.AnswerNotAccepted.kind)
    if case.proposal is None and not agreed(case):
        raise Refusal("no_answer_yet")


def _still_waiting(case: Case) -> None:
    """Going up is for a deadline that has passed and that nobody has met since."""
    if case.proposal is not None:
        raise Stale(e.Answered.kind)
    if agreed(case):
        raise Stale(e.TalkConfirmed.kind)
    if overdue(case):
        return
    met_late = any("acknowledge:receiving" in key for key in case.ran_out)
    raise Stale(e.Acknowledged.kind) if met_late else Refusal("nothing_overdue")


def _party(case: Case, person: str) -> Side:
    side = case.party_side(person)
    if side is None:
        raise NotTheirs("not_messaged")
    return side


def _side(case: Case, person: str) -> Side:
    side = case.side_of(person)
    assert side is not None
    return side


def _raiser(case: Case, person: str) -> None:
    if person != case.raiser:
        raise NotTheirs("raiser_only")
