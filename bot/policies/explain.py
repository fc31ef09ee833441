"""A ladder explained: the whole policy as a timetable, as data and in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.escalation.clock import due, week_in_words
from bot.escalation.mistake import brief, instead
from bot.escalation.policy import RAISER, Cap, Check, Policy, Retention, Stage, UrgentContact
from bot.escalation.timetable import ClockTime, StageTimes, timetable
from bot.files import bad
from bot.guidance.ladder import (
    AgencyName,
    clock_label,
    length,
    post,
    posts,
    roles,
    sentence,
    short_name,
    standing,
    time_allowed,
    what_then,
)
from bot.guidance.words import Words

words = Words("policy")

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEARS = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which timetable: of a case raised at `start` (an aware instant), with this priority, on this track."""

    start: datetime
    priority: str = ""
    urgent: bool = False
    first_of_the_file: bool = False


def asked(policy: Policy, start: str, priority: str, urgent: bool, now: datetime) -> Asked:
    """What somebody typed, as what it means for this policy. `start` is wall time in the policy's zone, or
    has an offset, or is empty for `now`.

    Raises BadFile that names the option and says what to write.
    """
    known = [one.id for one in policy.priorities]
    if priority and priority not in known:
        what = f"There is no priority {brief(priority)} in this file."
        raise bad("--priority", 0, what, instead(priority, known))
    if urgent and policy.urgent_track is None:
        raise bad("--urgent", 0, "There is no urgent track in this file.", "Leave this out.")
    first = bool(known) and not priority
    return Asked(_instant(start, policy, now), known[0] if first else priority, urgent, first)


def _instant(text: str, policy: Policy, now: datetime) -> datetime:
    if not text:
        return now
    try:
        at = datetime.fromisoformat(text.strip())
        if at.tzinfo is None:
            at = at.replace(tzinfo=ZoneInfo(policy.calendar.zone))
        if at.year in _YEARS:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    remedy = (
        "Write day and time as in “2026-12-23T16:00” (by the clocks of the policy's zone), or with an "
        "offset, as in “2026-12-23T16:00+00:00”; the year from 2000 to 2100."
    )
    raise bad("--from", 0, f"{brief(text)} is not a time.", remedy)


def explained(policy: Policy, which: Asked, agency_name: AgencyName = short_name) -> dict[str, Any]:
    """All that the ladder says, with the times as they would fall: plain data with stable keys.

    Instants are ISO texts with the offset of the policy's zone; a key that ends in `_words` is for people.
    """
    facts = _Facts(policy, which, agency_name)
    times = timetable(policy, which.start, which.priority, which.urgent)
    return {
        "policy": facts.head(),
        "from": facts.iso(which.start),
        "from_words": facts.at(which.start),
        "priority": which.priority or None,
        "priority_is_first_of_the_file": which.first_of_the_file,
        "urgent": which.urgent,
        "calendar": facts.calendar(),
        "urgent_contacts": [
            {"name": one.name, "number": one.number, "hours": hours_of(one)} for one in policy.urgent
        ],
        "priorities": [one.model_dump(mode="json") for one in policy.priorities],
        "urgent_track": policy.urgent_track.model_dump(mode="json") if policy.urgent_track else None,
        "before": [one.model_dump(mode="json") for one in policy.before],
        "exclusions": facts.exclusions(),
        "stages": [facts.stage(stage) for stage in times],
        "passed_by": [
            {"number": one.number, "label": one.label, "name": one.name}
            for one in policy.stages
            if one.skipped(which.urgent)
        ],
        "caps": facts.caps(),
        "copies": facts.copies(),
        "moves": facts.moves(),
        "outcomes": [one.model_dump(mode="json") for one in policy.outcomes],
        "closing": {
            "agree": list(policy.closing.agree),
            "agree_words": words("explain.agree", who=roles(policy.closing.agree, "and")),
        },
        "after_closing": [facts.check(one) for one in policy.after_closing],
        "reach": facts.reach(),
        "least_data": facts.least_data(),
        "retention": facts.retention(),
        "reminders": facts.reminders(),
    }


def hours_of(contact: UrgentContact) -> str:
    """When somebody answers a number, in words."""
    return contact.said or words("explain.any_time")


@dataclass(frozen=True, slots=True)
class _Facts:
    policy: Policy
    which: Asked
    agency_name: AgencyName

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.policy.calendar.zone))

    def iso(self, at: datetime) -> str:
        return self.local(at).isoformat()

    def at(self, at: datetime) -> str:
        """ "Tue 29 Dec 2026, 16.00 GMT"."""
        local = self.local(at)
        return words(
            "at", day=_DAYS[local.weekday()], date=local.day, month=_MONTHS[local.month - 1],
            year=local.year, hour=local.hour, minute=f"{local.minute:02}", zone=local.tzname(),
        )  # fmt: skip

    def head(self) -> dict[str, Any]:
        policy = self.policy
        said = ("id", "title", "partnership", "jurisdiction", "version", "status", "source")
        return {
            **{key: getattr(policy, key) for key in said},
            "status_words": standing(policy),
            "unconfirmed": list(policy.unconfirmed),
            "within_one_agency": policy.within_one_agency,
        }

    def calendar(self) -> dict[str, Any]:
        calendar = self.policy.calendar
        return {
            "zone": calendar.zone,
            "nation": calendar.nation,
            "hours": calendar.hours.model_dump(mode="json"),
            "hours_words": week_in_words(calendar.hours),
            "closures": [day.isoformat() for day in calendar.closures],
        }

    def exclusions(self) -> list[dict[str, Any]]:
        return [
            {
                **one.model_dump(mode="json"),
                "to_words": post(one.to, "raising", self.agency_name) if one.to else None,
                "within_words": length(one.within) if one.within else None,
            }
            for one in self.policy.exclusions
        ]

    def stage(self, times: StageTimes) -> dict[str, Any]:
        stage = times.stage
        sides = {
            "raising": posts(stage.raising, "raising", self.agency_name),
            "receiving": posts(stage.receiving, "receiving", self.agency_name),
        }
        if stage.raising == (RAISER,):
            sides["raising"] = words("explain.alone")
        return {
            "number": stage.number,
            "label": stage.label,
            "name": stage.name,
            "formal": stage.formal,
            "verbal": stage.verbal,
            "begins": self.iso(times.begins) if times.begins else None,
            "begins_words": self.at(times.begins) if times.begins else None,
            "raising": {"posts": list(stage.raising), "words": sides["raising"]},
            "receiving": {"posts": list(stage.receiving), "words": sides["receiving"]},
            "agencies": {
                agency: {"posts": list(refs), "words": self.differs(agency, refs)}
                for agency, refs in stage.agencies.items()
            },
            "clocks": [self.clock(one, stage) for one in times.clocks],
            "form": stage.form.model_dump(mode="json") if stage.form else None,
            "meeting": self.meeting(stage),
        }

    def differs(self, agency: str, refs: tuple[str, ...]) -> str:
        name = sentence(self.agency_name(agency))
        if refs == ("none",):
            return words("explain.agency_none", agency=name)
        return words("explain.agency", agency=name, posts=posts(refs, "receiving", self.agency_name))

    def clock(self, time: ClockTime, stage: Stage) -> dict[str, Any]:
        clock = time.clock
        within = clock.within.of(self.which.priority)
        absent = "not set" if clock.within.is_unset(self.which.priority) else "none"
        return {
            "name": clock.name,
            "label": clock_label(clock),
            "owner": clock.owner,
            "starts": clock.starts,
            "within": within.words if within else absent,
            "within_words": time_allowed(clock, self.which.priority),
            "due": self.iso(time.due) if time.due else None,
            "due_words": self.at(time.due) if time.due else None,
            "asked_by_the_raiser": time.asked,
            "or_sooner": clock.or_sooner,
            "binding": clock.binding,
            "when_due": clock.when_due,
            "tell": list(clock.told),
            "if_late_words": what_then(clock, stage, self.agency_name),
        }

    def meeting(self, stage: Stage) -> dict[str, Any] | None:
        meeting = stage.meeting
        if meeting is None:
            return None
        said = words(
            "explain.meeting", convener=post(meeting.convener, "receiving", self.agency_name),
            chair=post(meeting.chair, "receiving", self.agency_name), quorum=meeting.quorum,
            rule=words("explain.decides" if meeting.decides else "explain.mediates"),
        )  # fmt: skip
        if meeting.invite:
            invited = posts(meeting.invite, "receiving", self.agency_name)
            said = f"{said} {words('explain.invited', posts=invited)}"
        return {**meeting.model_dump(mode="json"), "words": said}

    def caps(self) -> list[dict[str, Any]]:
        return [self.cap(one) for one in self.policy.caps if one.holds(one.last, self.which.urgent)]

    def cap(self, cap: Cap) -> dict[str, Any]:
        at = due(self.which.start, cap.within, self.policy.calendar)
        said = words(
            "explain.cap", first=cap.first, last=cap.last, at=self.at(at), within=length(cap.within),
            track=words(f"explain.cap_track.{cap.track}"), then=then_of(cap),
        )  # fmt: skip
        return {**cap.model_dump(mode="json"), "due": self.iso(at), "due_words": self.at(at), "words": said}

    def copies(self) -> list[dict[str, Any]]:
        found = []
        for copy in self.policy.copies:
            whom = post(copy.to, copy.side or "receiving", self.agency_name)
            if copy.side:
                whom = words("explain.of_side", post=whom, side=words(f"side.{copy.side}"))
            later = words("explain.from_stage", number=copy.from_stage) if copy.from_stage > 1 else ""
            said = words(
                "explain.copy", post=sentence(whom), from_stage=later,
                events=", ".join(words(f"explain.event.{event}") for event in copy.on),
                sees=words(f"explain.sees.{copy.sees}"),
            )  # fmt: skip
            found.append({**copy.model_dump(mode="json"), "words": said})
        return found

    def moves(self) -> dict[str, Any]:
        """What may be done with a case: null for what nobody may."""
        moves = self.policy.moves
        extend = moves.extend
        extend_times = ""
        if extend.times:
            once = "explain.move.extend_once" if extend.times == 1 else "explain.move.extend_times"
            extend_times = words(once, number=extend.times)
        said = {
            "skip": _who("skip", moves.skip),
            "bypass": _who("bypass", moves.bypass),
            "extend": words(
                "explain.move.extend", who=roles(extend.by), times=extend_times,
                at_most=words("explain.move.extend_at_most", time=extend.at_most) if extend.at_most else "",
            ),
            "pause": words("explain.move.pause", who=roles(moves.pause.by), time=moves.pause.at_most)
            if moves.pause else words("explain.move.no_pause"),
            "withdraw": _who("withdraw", moves.withdraw),
            "reopen": words("explain.move.reopen", who=roles(moves.reopen.by), time=moves.reopen.within)
            if moves.reopen else words("explain.move.no_reopen"),
        }  # fmt: skip
        found = {}
        for key, rule in moves.model_dump(mode="json").items():
            found[key] = {**(rule or {}), "allowed": rule is not None, "words": said[key]}
        return found

    def check(self, check: Check) -> dict[str, Any]:
        when = words("explain.check_within" if check.within else "explain.check_after", time=check.time.words)
        said = words(
            "explain.check", question=check.question, who=roles((check.ask,)), when=when,
            told=roles(check.tell, "and"),
        )  # fmt: skip
        return {**check.model_dump(mode="json"), "words": said}

    def reach(self) -> dict[str, Any]:
        reach = self.policy.reach
        net = words("explain.reach_lead")
        if reach.nobody_left is not None:
            net = words("explain.reach_net", post=post(reach.nobody_left, "receiving", self.agency_name))
        way = words("explain.reach_one_way")
        if reach.next_way_after is not None:
            way = words("explain.reach_share", share=reach.next_way_after)
        return {**reach.model_dump(mode="json"), "words": [words("explain.reach_posts", net=net), way]}

    def least_data(self) -> dict[str, Any]:
        rule = self.policy.least_data
        kinds = ", ".join(words(f"explain.identifier.{kind}") for kind in rule.overrule)
        said = words("explain.least_data_kept", kinds=kinds) if kinds else words("explain.least_data_none")
        own = "" if "least_data" in self.policy.model_fields_set else words("explain.least_data_ours")
        return {**rule.model_dump(mode="json"), "words": [one for one in (said, own) if one]}

    def retention(self) -> dict[str, Any]:
        kept = self.policy.retention
        return {**kept.model_dump(mode="json"), "words": list(kept_for(kept))}

    def reminders(self) -> dict[str, Any]:
        policy = self.policy
        return {
            "prompt_again": policy.prompt_again.words,
            "identify_within": policy.identify_within.words,
            "confirm_talk_within": policy.confirm_talk_within.words,
            "words": [
                words("explain.prompt_again", time=policy.prompt_again),
                words("explain.identify", time=policy.identify_within),
                words("explain.confirm_talk", time=policy.confirm_talk_within),
            ],
        }


def then_of(cap: Cap) -> str:
    """What follows where the limit over several stages runs out."""
    return Words("ladder")(f"then.{cap.when_due}")


def kept_for(kept: Retention) -> Iterator[str]:
    """What is kept how long, in sentences; that it is an assumption, unless the partnership has said so."""
    if kept.sets_nothing:
        yield words("explain.retention_unset")
        return
    if kept.minimise:
        yield words("explain.retention_minimise", time=kept.minimise)
    yield words("explain.retention_erase", time=kept.erase) if kept.erase else words("explain.retention_kept")
    if kept.training:
        yield words("explain.retention_training", time=kept.training)
    yield words("explain.retention_waits")
    if not kept.confirmed:
        yield words("explain.retention_assumed")
    if kept.source:
        yield words("explain.retention_source", text=kept.source)


def _who(move: str, allowed: Any) -> str:
    if allowed is None:
        return words(f"explain.move.no_{move}")
    return words(f"explain.move.{move}", who=roles(allowed.by))


def in_words(data: Mapping[str, Any]) -> str:
    """What `explained` found, as lines to read."""
    return "\n".join(_lines(data))


def _lines(data: Mapping[str, Any]) -> Iterator[str]:
    yield from _head(data)
    yield from _part("explain.urgent", [words("explain.contact", **one) for one in data["urgent_contacts"]])
    steps = [
        words("explain.step", **one) if one["words"] else one["label"] for one in data["before"]
    ]  # fmt: skip
    yield from _part("explain.before", steps)
    yield from _part("explain.exclusions", [_exclusion(one) for one in data["exclusions"]])
    for stage in data["stages"]:
        yield from _stage(stage)
    for one in data["passed_by"]:
        yield from ("", words("explain.passed_by", stage=words("explain.stage", **one)))
    yield from _part("explain.caps", [one["words"] for one in data["caps"]])
    yield from _part("explain.copies", [one["words"] for one in data["copies"]])
    yield from _part("explain.moves", [one["words"] for one in data["moves"].values()])
    outcomes = "; ".join(one["label"] for one in data["outcomes"])
    ends = [words("explain.outcomes", labels=outcomes), data["closing"]["agree_words"]]
    yield from _part("explain.ending", ends)
    yield from _part("explain.after", [one["words"] for one in data["after_closing"]])
    yield from _part("explain.reach", data["reach"]["words"])
    yield from _part("explain.least_data", data["least_data"]["words"])
    yield from _part("explain.retention", data["retention"]["words"])
    yield from _part("explain.reminders", data["reminders"]["words"])


def _head(data: Mapping[str, Any]) -> Iterator[str]:
    policy, calendar = data["policy"], data["calendar"]
    yield words("explain.title", **policy) if policy["partnership"] else policy["title"]
    yield words("explain.version", version=policy["version"], status=policy["status_words"])
    if policy["unconfirmed"]:
        yield words("explain.unconfirmed")
        yield from (f"  - {line}" for line in policy["unconfirmed"])
    if policy["jurisdiction"]:
        yield words("explain.jurisdiction", text=policy["jurisdiction"])
    if policy["within_one_agency"]:
        yield words("explain.one_agency")
    if policy["source"]:
        yield words("explain.source", source=policy["source"])
    yield ""
    yield words("explain.from", at=data["from_words"])
    labels = {one["id"]: one["label"] for one in data["priorities"]}
    if data["priority_is_first_of_the_file"]:
        others = ", ".join(id for id in labels if id != data["priority"])
        yield words("explain.priority_first", label=labels[data["priority"]], others=others)
    elif data["priority"]:
        yield words("explain.priority", label=labels[data["priority"]])
    if data["urgent_track"]:
        yield words("explain.track" if data["urgent"] else "explain.track_too", **data["urgent_track"])
    closures = words("explain.closures", days=", ".join(calendar["closures"])) if calendar["closures"] else ""
    yield words(
        "explain.hours", zone=calendar["zone"], hours=calendar["hours_words"], nation=calendar["nation"],
        closures=closures,
    )  # fmt: skip
    yield words("explain.sides")


def _part(title: str, lines: list[str]) -> Iterator[str]:
    if lines:
        yield from ("", words(title), *(f"  - {line}" for line in lines))


def _exclusion(one: Mapping[str, Any]) -> str:
    said = words("explain.exclusion", label=one["label"], goes_to=one["goes_to"])
    if one["to"]:
        said += words("explain.exclusion_to", post=one["to_words"])
    if one["number"]:
        said += words("explain.exclusion_number", number=one["number"])
    return said + words("explain.exclusion_within", time=one["within_words"]) if one["within"] else said


def _stage(stage: Mapping[str, Any]) -> Iterator[str]:
    about = [] if stage["formal"] else [words("explain.informal")]
    about.append(words("explain.verbal" if stage["verbal"] else "explain.in_writing"))
    title = words("explain.stage", label=stage["label"], name=stage["name"])
    yield from ("", f"{title} {words('explain.stage_about', about='; '.join(about))}")
    yield f"  {words('explain.begins', at=stage['begins_words'])}"
    yield f"  {words('explain.raising', posts=stage['raising']['words'])}"
    yield f"  {words('explain.receiving', posts=stage['receiving']['words'])}"
    yield from (f"  {one['words']}" for one in stage["agencies"].values())
    if stage["form"]:
        yield f"  {words('explain.form', name=stage['form']['name'])}"
        for question in stage["form"]["questions"]:
            yield f"    - {question['label']}{'' if question['required'] else words('explain.optional')}"
    if stage["meeting"]:
        yield f"  {stage['meeting']['words']}"
    for clock in stage["clocks"]:
        yield from _clock(clock)


def _clock(clock: Mapping[str, Any]) -> Iterator[str]:
    if clock["asked_by_the_raiser"]:
        time = words("explain.asked", time=clock["within_words"], at=clock["due_words"])
        yield f"  - {words('explain.clock_open', label=clock['label'], time=time)}"
    elif clock["due"]:
        said = words("explain.clock", label=clock["label"], at=clock["due_words"], time=clock["within_words"])
        yield f"  - {said}"
    else:
        yield f"  - {words('explain.clock_unknown', label=clock['label'], time=clock['within_words'])}"
    if clock["within"] in ("none", "not set") and not clock["asked_by_the_raiser"]:
        return
    late = words("explain.late", then=clock["if_late_words"])
    whose, binding = words(f"side.{clock['owner']}"), words(f"explain.{clock['binding']}")
    yield f"    {words('explain.whose', side=whose, binding=binding, late=late)}"
