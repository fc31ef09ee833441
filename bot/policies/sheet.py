"""The sheet for the day when chat is down: numbers, ladder and contacts on a page of A4, as HTML to print."""

from collections.abc import Iterable, Mapping
from datetime import date
from html import escape

from bot.escalation.policy import ANSWERS, Clock, Policy, Stage
from bot.guidance.ladder import (
    clock_label,
    length,
    posts,
    roles,
    sentence,
    short_name,
    standing,
    time_allowed,
    what_then,
)
from bot.guidance.ladder import post as post_words
from bot.guidance.words import Words
from bot.people.directory import Directory
from bot.policies.explain import hours_of, then_of

words = Words("policy")

Confirmations = Mapping[str, tuple[str, date]]
"""Number → who has rung it and confirmed it, and when."""

_MOST_AGENCIES = 8
"""How many agencies' contacts still find room beside the ladder; those of more begin a page of their own."""
_ROOM = ((2400, 10.5), (3400, 9.5), (4600, 8.6), (6200, 7.8), (8200, 7.0), (10600, 6.3))
"""How many letters fit on the page at which size of the font, in points."""
_SMALLEST = 5.6

_CSS = """
@page { size: A4 portrait; margin: 9mm 11mm; }
* { box-sizing: border-box; }
html { font-size: %(size)spt; }
body { margin: 0 auto; max-width: 188mm; font-family: Arial, Helvetica, sans-serif; color: #111;
  line-height: 1.24; }
h1 { font-size: 1.6rem; margin: 0 0 .15rem; color: #1d4f91; }
h2 { font-size: 1.15rem; margin: .6rem 0 .2rem; color: #1d4f91; break-after: avoid; }
p { margin: .1rem 0 .25rem; }
.unconfirmed { border-left: .25rem solid #9b1c1c; padding-left: .5rem; }
.numbers { border: .15rem solid #9b1c1c; border-radius: .4rem; padding: .4rem .7rem; margin: .5rem 0; }
.numbers h2 { color: #9b1c1c; margin: 0 0 .2rem; font-size: 1.3rem; }
.numbers div { display: flex; gap: .9rem; align-items: baseline; padding: .12rem 0; }
.numbers div + div { border-top: 1px solid #ddd; }
.numbers b { font-size: 1.75rem; white-space: nowrap; min-width: 9.5rem; }
.numbers small, .quiet { font-size: .92rem; color: #333; }
.sign { display: inline-block; border-bottom: 1px solid #111; width: 11rem; height: 1em; }
table { border-collapse: collapse; width: 99.8%%; }
.ladder th:first-child { width: 14%%; }
.ladder th:last-child { width: 26%%; }
th, td { border: 1px solid #777; padding: .16rem .32rem; text-align: left; vertical-align: top;
  overflow-wrap: break-word; }
th { background: #e6edf7; }
tr { break-inside: avoid; }
ul { margin: 0; padding-left: 1.1rem; }
.foot { border-top: .1rem solid #1d4f91; margin-top: .5rem; padding-top: .25rem; }
.page { break-before: page; }
""".strip()


def sheet(
    policy: Policy, today: date, directory: Directory | None = None, confirmed: Confirmations | None = None
) -> str:
    """The sheet as the text of an HTML file: no script, and nothing from elsewhere."""
    return _Sheet(policy, today, directory, confirmed or {}).html()


class _Sheet:
    def __init__(
        self, policy: Policy, today: date, directory: Directory | None, confirmed: Confirmations
    ) -> None:
        self.policy = policy
        self.today = _day(today)
        self.directory = directory
        self.confirmed = confirmed
        self.labels = {one.id: one.label for one in policy.priorities}

    def html(self) -> str:
        contacts = self._contacts()
        apart = self.directory is not None and len(self._agencies(self.directory)) > _MOST_AGENCIES
        first = [
            _tag("h1", words("sheet.title")),
            *self._numbers(),
            *self._standing(),
            *self._ladder(),
            *(() if apart else contacts),
        ]
        foot = self._foot()
        after = ['<div class="page">', *contacts, "</div>"] if apart and contacts else []
        title = escape(words("sheet.title"))
        return "\n".join([
            "<!doctype html>", '<html lang="en">', '<head><meta charset="utf-8">', f"<title>{title}</title>",
            f"<style>{_CSS % {'size': _size(first + foot)}}</style>", "</head>", "<body>",
            *first, *foot, *after, "</body>", "</html>", "",
        ])  # fmt: skip

    def _standing(self) -> list[str]:
        """Whose ladder it is, in which edition, and what of it is not confirmed."""
        policy = self.policy
        title = policy.title
        if policy.partnership:
            title = words("explain.title", partnership=policy.partnership, title=policy.title)
        said = words("sheet.version", title=title, version=policy.version, status=standing(policy))
        found = [_tag("p", said)]
        for line in policy.unconfirmed:
            found.append(f'<p class="unconfirmed">{escape(words("sheet.unconfirmed", text=line))}</p>')
        return found

    def _numbers(self) -> list[str]:
        """The numbers first and large: with their hours, and who has rung them."""
        found = ['<section class="numbers">', _tag("h2", words("sheet.urgent"))]
        for one in self.policy.urgent:
            known = self.confirmed.get(one.number)
            if one.national:
                sign = ""
            elif known is None:
                sign = f'{escape(words("sheet.not_confirmed"))} <span class="sign"></span>'
            else:
                sign = escape(words("sheet.confirmed", name=known[0], date=_day(known[1])))
            found.append(
                f"<div><b>{escape(one.number)}</b><span>{escape(one.name)} ({escape(hours_of(one))})<br>"
                f"<small>{sign}</small></span></div>"
            )
        return [*found, "</section>"]

    def _ladder(self) -> list[str]:
        heads = [words(f"sheet.{key}") for key in ("stage", "who", "time", "then")]
        found = [_tag("h2", words("sheet.ladder")), '<table class="ladder">', _row(map(escape, heads), "th")]
        found += [_row(self._stage(stage)) for stage in self.policy.stages]
        found.append("</table>")
        for cap in self.policy.caps:
            said = words(
                "sheet.caps", first=cap.first, last=cap.last, time=length(cap.within),
                track=words(f"explain.cap_track.{cap.track}"),
            )  # fmt: skip
            found.append(_tag("p", f"{said} {words('explain.late', then=then_of(cap))}"))
        if self.policy.urgent_track is not None:
            track = self.policy.urgent_track
            found.append(_tag("p", words("sheet.urgent_track", label=track.label, when=track.when)))
        found.append(_tag("p", words("explain.agree", who=roles(self.policy.closing.agree, "and"))))
        return found

    def _stage(self, stage: Stage) -> tuple[str, ...]:
        raising = posts(stage.raising, "raising", self._name)
        receiving = posts(stage.receiving, "receiving", self._name)
        who = [words("sheet.your_side", posts=raising), words("sheet.other_side", posts=receiving)]
        for agency, refs in stage.agencies.items():
            at = sentence(self._name(agency))
            who.append(words("sheet.at_agency", agency=at, posts=posts(refs, "receiving", self._name)))
        if stage.form:
            who.append(words("sheet.form", name=stage.form.name))
        if stage.meeting:
            rule = words("explain.decides" if stage.meeting.decides else "explain.mediates")
            convener = post_words(stage.meeting.convener, "receiving", self._name)
            who.append(words("sheet.meeting", convener=convener, rule=rule))
        times = [self._time(clock) for clock in stage.clocks]
        then = dict.fromkeys(
            what_then(clock, stage, self._name) for clock in stage.clocks if clock.name in ANSWERS
        )
        if stage.skipped(True):
            times.append(words("sheet.urgent_skip"))
        elif stage.urgent is not None and stage.urgent.clocks:
            times += [words("sheet.urgent_stage", time=self._time(one)) for one in stage.urgent.clocks]
        name = f"<b>{escape(stage.label)}</b><br>{escape(stage.name)}"
        return name, _list(who), _list(times), _list(then)

    def _time(self, clock: Clock) -> str:
        """What has to happen and in what time, of a time that differs for each priority."""
        guide = words("sheet.guide") if clock.binding == "indicative" else ""
        each = [self._allowed(clock, priority) for priority, _ in clock.within.by]
        if each:
            said = "; ".join(
                words("sheet.priority", label=self.labels.get(priority, priority), time=time)
                for (priority, _), time in zip(clock.within.by, each, strict=True)
            )
        else:
            said = self._allowed(clock, "")
        return words("sheet.priority", label=clock_label(clock), time=f"{said}{guide}")

    @staticmethod
    def _allowed(clock: Clock, priority: str) -> str:
        if clock.within.of(priority) is None and clock.name in ANSWERS:
            return words("sheet.unset" if clock.within.is_unset(priority) else "sheet.no_limit")
        return time_allowed(clock, priority)

    def _contacts(self) -> list[str]:
        """Who holds each stage's post in each agency, with the number to ring."""
        directory = self.directory
        if directory is None:
            return []
        rows = []
        for agency in self._agencies(directory):
            cells = [self._holders(directory, stage, agency) for stage in self.policy.stages]
            lead = directory.lead(agency)
            ring = self._person(lead.name, lead.phone) if lead else ""
            rows.append(_row((f"<b>{escape(self._name(agency))}</b>", *cells, ring)))
        heads = [words("sheet.agency"), *(one.label for one in self.policy.stages), words("sheet.lead")]
        note = _tag("p", words("sheet.contacts_note", date=self.today))
        return [
            _tag("h2", words("sheet.contacts")), "<table>", _row(map(escape, heads), "th"), *rows, "</table>",
            note.replace("<p>", '<p class="quiet">'),
        ]  # fmt: skip

    def _agencies(self, directory: Directory) -> tuple[str, ...]:
        """The agencies that have somebody at a stage of their own; the partnership's people stand below
        their stage with every agency."""
        return tuple(
            agency.id
            for agency in directory.agencies
            if any(self._holders(directory, stage, agency.id, own=True) for stage in self.policy.stages)
        )

    def _holders(self, directory: Directory, stage: Stage, agency: str, *, own: bool = False) -> str:
        found: dict[str, None] = {}
        for ref in stage.posts("receiving", agency):
            if own and "/" in ref:
                continue
            entry = directory.holder(ref, agency)
            if entry is not None:
                found[self._person(entry.name, entry.phone)] = None
        return "<br>".join(found)

    @staticmethod
    def _person(name: str, phone: str) -> str:
        return f"{escape(name)}<br>{escape(phone or words('sheet.no_number'))}"

    def _foot(self) -> list[str]:
        said = [words("sheet.paper"), words("sheet.not_the_record"), words("sheet.printed", date=self.today)]
        return ['<div class="foot">', *(_tag("p", text) for text in said), "</div>"]

    def _name(self, agency: str) -> str:
        found = self.directory.agency(agency) if self.directory else None
        return found.name if found else short_name(agency)


def _size(lines: list[str]) -> float:
    """The largest font with which the lines stay on one page."""
    letters = len("".join(lines))
    return next((size for room, size in _ROOM if letters <= room), _SMALLEST)


def _day(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _list(lines: Iterable[str]) -> str:
    kept = [escape(line) for line in lines]
    return kept[0] if len(kept) == 1 else "<ul>" + "".join(f"<li>{line}</li>" for line in kept) + "</ul>"


def _row(cells: Iterable[str], kind: str = "td") -> str:
    return "<tr>" + "".join(f"<{kind}>{cell}</{kind}>" for cell in cells) + "</tr>"
