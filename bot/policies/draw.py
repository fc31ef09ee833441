"""A ladder as a picture: the first stage at the foot, each further one above it, the urgent track beside."""

from bot.escalation.policy import ANSWERS, RAISER, Cap, Clock, Policy, Stage
from bot.guidance.ladder import (
    AgencyName,
    clock_label,
    length,
    post,
    posts,
    sentence,
    short_name,
    standing,
    time_allowed,
)
from bot.guidance.words import Words as Texts
from bot.policies.svg import Picture, Words, height_of

words = Texts("policy")

_MARGIN, _GAP, _PAD = 32.0, 34.0, 14.0
_RUNG, _URGENT, _CAP = 600.0, 330.0, 130.0
_BLUE, _RED, _GREY = "#1d4f91", "#9b1c1c", "#4a4a4a"


def drawn(policy: Policy, agency_name: AgencyName = short_name) -> str:
    """The policy's ladder as the text of an SVG file."""
    return _Ladder(policy, agency_name).svg()


class _Ladder:
    def __init__(self, policy: Policy, agency_name: AgencyName) -> None:
        self.policy = policy
        self.agency_name = agency_name
        self.caps = [cap for cap in policy.caps if cap.track != "urgent"]
        self.urgent_caps = [cap for cap in policy.caps if cap.track == "urgent"]
        self.left = _MARGIN + len(self.caps) * _CAP
        self.wide = self.left + _RUNG + _MARGIN
        self.beside = self.left + _RUNG + _GAP
        if policy.urgent_track is not None:
            self.wide = self.beside + _URGENT + len(self.urgent_caps) * _CAP + _MARGIN

    def svg(self) -> str:
        policy, picture = self.policy, Picture()
        y = picture.write(_MARGIN, _MARGIN - 8, self.wide - 2 * _MARGIN, self._head())
        y = self._danger(picture, y + 12)
        y = self._track(picture, y)
        tops: dict[int, tuple[float, float]] = {}
        for stage in reversed(policy.stages):
            high = self._high(stage)
            self._rung(picture, stage, y, high)
            tops[stage.number] = (y, y + high)
            y += high + _GAP
            self._arrow(picture, y - _GAP, y)
        for place, cap in enumerate(self.caps):
            self._bracket(picture, cap, tops, self.left - (place + 1) * _CAP, right=True)
        for place, cap in enumerate(self.urgent_caps):
            self._bracket(picture, cap, tops, self.beside + _URGENT + place * _CAP, right=False)
        y = self._foot(picture, y)
        about = " ".join([words("draw.about"), *(self._spoken(stage) for stage in policy.stages)])
        title = words("draw.title", title=policy.title, version=policy.version)
        return picture.svg(self.wide, y + _MARGIN, title, about)

    def _head(self) -> list[Words]:
        policy = self.policy
        found = [Words(policy.title, 24, bold=True, colour=_BLUE)]
        if policy.partnership:
            found.append(Words(policy.partnership, 16, bold=True))
        found.append(Words(words("explain.version", version=policy.version, status=standing(policy)), 14))
        said = [words("draw.unconfirmed", text=text) for text in policy.unconfirmed]
        return found + [Words(text, 13, indent=12, colour=_RED) for text in said]

    def _danger(self, picture: Picture, y: float) -> float:
        said = [Words(words("draw.danger", number=self.policy.urgent[0].number), 16, True, colour="#ffffff")]
        room = self.wide - 2 * _MARGIN
        high = height_of(said, room - 2 * _PAD) + 2 * _PAD - 6
        picture.box(_MARGIN, y, room, high, fill=_RED, line=_RED)
        picture.write(_MARGIN + _PAD, y + _PAD - 5, room - 2 * _PAD, said)
        return y + high + 20

    def _track(self, picture: Picture, y: float) -> float:
        track = self.policy.urgent_track
        if track is None:
            return y
        said = [Words(words("draw.urgent", label=track.label), 16, True, colour=_RED), Words(track.when, 13)]
        return picture.write(self.beside, y - 8, _URGENT, said) + 12

    def _rung(self, picture: Picture, stage: Stage, y: float, high: float) -> None:
        self._panel(picture, self.left, y, _RUNG, high, _BLUE, self._title(stage), self._inside(stage))
        if self.policy.urgent_track is None:
            return
        own = self._urgent(stage)
        changed = stage.urgent is not None and not stage.urgent.skip
        if changed:
            title = self._title(stage.on_track(True))
            self._panel(picture, self.beside, y, _URGENT, high, _RED, title, own)
            return
        middle = y + high / 2 - height_of(own, _URGENT) / 2
        picture.write(self.beside + _PAD, middle, _URGENT - 2 * _PAD, own)

    @staticmethod
    def _panel(
        picture: Picture, x: float, y: float, wide: float, high: float, colour: str,
        title: list[Words], inside: list[Words],
    ) -> None:  # fmt: skip
        """A box with a coloured head."""
        room = wide - 2 * _PAD
        head = height_of(title, room) + 10
        picture.box(x, y, wide, high, fill="#ffffff", line=colour)
        picture.box(x, y, wide, head, fill=colour, line=colour)
        picture.write(x + _PAD, y + 1, room, title)
        picture.write(x + _PAD, y + head + 2, room, inside)

    def _high(self, stage: Stage) -> float:
        def needs(title: list[Words], inside: list[Words], wide: float) -> float:
            room = wide - 2 * _PAD
            return height_of(title, room) + 10 + height_of(inside, room) + _PAD + 4

        high = needs(self._title(stage), self._inside(stage), _RUNG)
        if self.policy.urgent_track is not None:
            beside = stage.on_track(True)
            high = max(high, needs(self._title(beside), self._urgent(stage), _URGENT))
        return high

    @staticmethod
    def _title(stage: Stage) -> list[Words]:
        label = stage.label if stage.formal else words("draw.informal", label=stage.label)
        return [Words(words("explain.stage", label=label, name=stage.name), 17, True, colour="#ffffff")]

    def _inside(self, stage: Stage) -> list[Words]:
        raising, receiving = self._sides(stage)
        found = [
            Words(words("explain.raising", posts=raising), gap=8),
            Words(words("explain.receiving", posts=receiving)),
        ]
        for agency, refs in stage.agencies.items():
            name = sentence(self.agency_name(agency))
            if refs == ("none",):
                found.append(Words(words("explain.agency_none", agency=name), 13, indent=16))
            else:
                said = posts(refs, "receiving", self.agency_name)
                found.append(Words(words("explain.agency", agency=name, posts=said), 13, indent=16))
        if stage.form:
            found.append(Words(words("draw.form", name=stage.form.name), 13))
        if stage.meeting:
            meeting = stage.meeting
            found.append(Words(words(
                "draw.meeting", convener=post(meeting.convener, "receiving", self.agency_name),
                chair=post(meeting.chair, "receiving", self.agency_name), quorum=meeting.quorum,
                rule=words("explain.decides" if meeting.decides else "explain.mediates"),
            ), 13))  # fmt: skip
        return found + self._clocks(stage)

    def _urgent(self, stage: Stage) -> list[Words]:
        variant = stage.urgent
        if variant is None:
            return [Words(words("draw.urgent_same"), 13, colour=_GREY)]
        if variant.skip:
            return [Words(words("draw.urgent_skip"), 14, True, colour=_RED)]
        return self._clocks(stage.on_track(True))

    def _clocks(self, stage: Stage) -> list[Words]:
        return [
            Words(said, 14, indent=16, gap=8 if place == 0 else 4, bullet=True)
            for place, said in enumerate(line for clock in stage.clocks for line in self._clock(clock))
        ]

    def _clock(self, clock: Clock) -> list[str]:
        """What has to happen, and in what time; of a time that differs, one for each priority."""
        ends = words("draw.guide") if clock.binding == "indicative" else ""
        up = words("draw.goes_up") if clock.when_due == "go_up" else ""
        labels = {one.id: one.label for one in self.policy.priorities}
        if clock.within.by:
            each = "; ".join(
                words("sheet.priority", label=labels.get(one, one), time=self._time(clock, one))
                for one, _ in clock.within.by
            )
            return [words("draw.clock", label=clock_label(clock), time=f"{each}{ends}.{up}")]
        return [words("draw.clock", label=clock_label(clock), time=f"{self._time(clock)}{ends}.{up}")]

    @staticmethod
    def _time(clock: Clock, priority: str = "") -> str:
        time = time_allowed(clock, priority)
        by_the_raiser = clock.within.of(priority) is None and clock.name in ANSWERS
        return f"{time}; {words('draw.unset')}" if by_the_raiser else time

    def _sides(self, stage: Stage) -> tuple[str, str]:
        raising = posts(stage.raising, "raising", self.agency_name)
        if stage.raising == (RAISER,):
            raising = words("explain.alone")
        return raising, posts(stage.receiving, "receiving", self.agency_name)

    def _arrow(self, picture: Picture, top: float, bottom: float) -> None:
        x = self.left + _RUNG / 2
        picture.path(f"M{x:g} {bottom - 3:g} L{x:g} {top + 5:g}", _BLUE, arrow=True)

    def _bracket(
        self, picture: Picture, cap: Cap, tops: dict[int, tuple[float, float]], x: float, *, right: bool
    ) -> None:
        """A limit over several stages, as a bracket beside them."""
        top, bottom = tops[cap.last][0], tops[cap.first][1]
        edge = x + _CAP - 14 if right else x + 14
        hook = 8 if right else -8
        d = f"M{edge + hook:g} {top:g} L{edge:g} {top:g} L{edge:g} {bottom:g} L{edge + hook:g} {bottom:g}"
        picture.path(d, _GREY)
        track = words(f"explain.cap_track.{cap.track}")
        up = words("draw.goes_up") if cap.when_due == "go_up" else ""
        together = words("draw.cap", time=length(cap.within), track=track)
        said = [Words(f"{together}.{up}", 13, True, colour=_GREY)]
        room = _CAP - 30
        middle = (top + bottom) / 2 - height_of(said, room) / 2
        picture.write(x + 2 if right else edge + 8, middle, room, said)

    def _foot(self, picture: Picture, y: float) -> float:
        steps = [words("explain.step", label=one.label, words=one.words) if one.words else one.label
                 for one in self.policy.before]  # fmt: skip
        said = [Words(text, 14, gap=2) for text in steps or [words("draw.start")]]
        high = height_of(said, _RUNG - 2 * _PAD) + 2 * _PAD
        picture.box(self.left, y, _RUNG, high, fill="#eef3fa", line="#9db7d9")
        picture.write(self.left + _PAD, y + _PAD - 3, _RUNG - 2 * _PAD, said)
        return y + high

    def _spoken(self, stage: Stage) -> str:
        raising, receiving = self._sides(stage)
        clocks = " ".join(line for clock in stage.clocks for line in self._clock(clock))
        name = words("explain.stage", label=stage.label, name=stage.name)
        return words("draw.stage_about", stage=name, raising=raising, receiving=receiving, clocks=clocks)
