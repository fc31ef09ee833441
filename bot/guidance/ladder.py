"""A ladder in words: what a clock measures, within how long, whose it is, and what follows if nobody acts.

The same words stand on the cards, in what `braver policy explain` prints and on the sheet for the wall.
"""

from collections.abc import Callable, Iterable
from functools import cache

from bot.escalation.clock import Duration, Unit
from bot.escalation.policy import PRACTITIONER, RAISER, Clock, Policy, Role, Side, Stage
from bot.guidance.words import Words

AgencyName = Callable[[str], str]
"""The name of an agency, by its short name in the directory."""

_LINE_MANAGER = "line_manager"
_NO_RUNG = "none"


@cache
def _words() -> Words:
    return Words("ladder")


def clock_label(clock: Clock) -> str:
    """What has to happen: the policy's own label, or the service's."""
    return clock.label or _words()(f"clock.{clock.name}.{clock.owner}")


def short_name(key: str) -> str:
    """A short name of a file as people would write it: "team manager"."""
    return key.replace("_", " ")


def length(time: Duration) -> str:
    """ "at once", "by the end of the same working day", "within 2 working hours"."""
    words = _words()
    if time.unit is Unit.IMMEDIATELY:
        return words("time.immediately")
    if time.unit is Unit.SAME_WORKING_DAY:
        return words("time.same_working_day")
    return words("time.within", time=time.words)


def time_allowed(clock: Clock, priority: str = "") -> str:
    """ "within 2 working hours of the message", or that the partnership has not set it, or sets no limit."""
    words = _words()
    time = clock.within.of(priority)
    if time is None:
        return words("time.not_set" if clock.within.is_unset(priority) else "time.no_limit")
    said = length(time)
    if time.unit not in (Unit.IMMEDIATELY, Unit.SAME_WORKING_DAY):
        said = words("time.of", time=said, starts=words(f"starts.{clock.starts}"))
    return f"{said}, {words('time.sooner')}" if clock.or_sooner else said


def what_then(clock: Clock, stage: Stage, agency_name: AgencyName = short_name) -> str:
    """What follows where it does not happen in time, as one or two sentences."""
    words = _words()
    follows = clock.name if clock.owner == "raising" else clock.when_due
    alone = "_alone" if stage.raising == (RAISER,) and follows in ("prompt", "decide", "notify") else ""
    said = words(f"then.{follows}{alone}")
    if not clock.told:
        return said
    return f"{said} {words('then.told', posts=posts(clock.told, clock.owner, agency_name))}"


def post(ref: str, side: Side, agency_name: AgencyName = short_name) -> str:
    """A post for people: "team manager", "independent chair (Little Wickering Partnership)"."""
    words = _words()
    agency, _, name = ref.rpartition("/")
    if agency:
        return words("post.of_agency", post=short_name(name), agency=agency_name(agency))
    if name in (RAISER, PRACTITIONER, _NO_RUNG):
        return words(f"post.{name}")
    return words(f"post.{name}.{side}") if name == _LINE_MANAGER else short_name(name)


def posts(refs: Iterable[str], side: Side, agency_name: AgencyName = short_name) -> str:
    """Several posts in one phrase: "team manager, service manager and chair (partnership)"."""
    return joined([post(ref, side, agency_name) for ref in refs])


def roles(parts: Iterable[Role], with_: str = "or") -> str:
    """People's parts in a case, in one phrase: "the person who raised it or your side's manager"."""
    return joined([_words()(f"role.{part}") for part in parts], with_)


def joined(phrases: list[str], with_: str = "and") -> str:
    """A list within a sentence: "a, b and c"."""
    *first, last = phrases
    return _words()(f"role.{with_}", first=", ".join(first), last=last) if first else last


def standing(policy: Policy) -> str:
    """Whose word the ladder is, in a sentence: an unconfirmed one never passes as a partnership's rule."""
    name = policy.partnership
    whose = f"the {name[4:]}" if name.startswith("The ") else name
    return _words()(f"status.{policy.status}", partnership=whose)


def sentence(phrase: str) -> str:
    """The phrase with a capital letter."""
    return phrase[:1].upper() + phrase[1:]
