"""The few words that an adapter says by itself, read from `content/phrases.yaml`."""

from dataclasses import dataclass

from bot.chat.port import TooMany


@dataclass(frozen=True, slots=True)
class Phrases:
    """`shortened` ends a text that was cut; `not_saved` stands above words that are given back,
    `too_many` where they came too fast. `see_below`
    and `not_shown` answer a press: what it brought stands below, or could not be shown. `not_looked_up` is
    offered in the place of people who would have been found."""

    open_form: str
    form_ready: str
    one_moment_title: str
    one_moment: str
    not_saved_title: str
    not_saved: str
    too_many: str
    try_again: str
    shortened: str
    answered_privately: str
    privately_unreachable: str
    yes: str
    no: str
    choose: str
    find_person: str
    not_looked_up: str
    required: str
    date: str
    time: str
    see_below: str
    not_shown: str
    close: str
    cancel: str

    def gives_back(self, why: BaseException | None) -> str:
        """What stands above words that are given back: `why` they were not taken."""
        return self.too_many.format(seconds=why.after) if isinstance(why, TooMany) else self.not_saved
