"""What goes out: cards and words, posted and changed, behind the port of `bot.chat`."""

from collections import OrderedDict
from collections.abc import Sequence

from adapters.teams import limits
from adapters.teams.connector.addresses import CHANNEL, PLATFORM, conversation
from adapters.teams.connector.clients import Connector
from adapters.teams.connector.people import People
from adapters.teams.render import Drawn, Json, Renderer, as_json
from bot.chat.card import Button, Card
from bot.chat.port import Capabilities, Profile
from bot.chat.turn import Account, Address, Message, Place

CARD_TYPE = "application/vnd.microsoft.card.adaptive"


class TeamsPlatform:
    """Teams as the bot sees it (see `bot.chat.port.Platform`)."""

    name = PLATFORM

    def __init__(self, connector: Connector, renderer: Renderer, *, hears_threads: bool) -> None:
        self.capabilities = Capabilities(
            threads_in_personal=False, hears_threads=hears_threads, finds_posts=False, pace=limits.PACE
        )
        self._connector = connector
        self._people = People(connector)
        self._renderer = renderer
        self._offered: OrderedDict[tuple[str, str], tuple[Button, ...]] = OrderedDict()

    async def post(self, place: Place, card: Card, key: str) -> Message:
        """`key` can't be sent along: Teams keeps nothing with a message that could be looked up."""
        return await self.show(place, self._renderer.cards(card))

    async def show(self, place: Place, drawn: Drawn) -> Message:
        """Post what is drawn. In a channel without a thread it becomes the root of a new one."""
        id_ = await self._connector.send(place, _card(place, drawn))
        self._offer(place.address, drawn)
        thread = place.thread or (id_ if place.kind == "channel" else "")
        return Message(place.address, id_, thread)

    async def tell(self, place: Place, words: str) -> None:
        """Post plain words, without a card."""
        await self._connector.send(place, _words(place, words))

    async def update(self, message: Message, card: Card) -> None:
        await self.redraw(message, self._renderer.cards(card))

    async def remove(self, message: Message) -> str:
        """See `Platform.remove`. What people wrote below it in its thread is theirs, and stays."""
        place = Place(message.address, "channel" if message.thread else "personal", message.thread)
        await self._connector.remove(place, message.id)
        return ""

    async def redraw(self, message: Message, drawn: Drawn) -> None:
        place = Place(message.address, "channel" if message.thread else "personal", message.thread)
        await self._connector.update(place, message.id, _card(place, drawn, message.id))
        self._offer(message.address, drawn)

    def offered(self, address: Address) -> tuple[Button, ...]:
        """The buttons that open a form, of the last card in this chat that had any."""
        return self._offered.get((address.app, address.conversation), ())

    def _offer(self, address: Address, drawn: Drawn) -> None:
        if drawn.forms:
            chat = (address.app, address.conversation)
            self._offered[chat] = drawn.forms
            self._offered.move_to_end(chat)
            while len(self._offered) > limits.REMEMBERED:
                self._offered.popitem(last=False)

    async def find(self, place: Place, key: str, since: float) -> Message | None:
        """Always None: Teams has no look-up, and the capability says so."""
        return None

    async def reach(self, email: str, known: Sequence[Place]) -> Place:
        return await self._people.reach(email, known)

    async def present(self, email: str, known: Sequence[Place]) -> None:
        await self._people.present(email, known)

    async def personal(self, address: Address, user: str) -> Place:
        return await self._people.personal(address, user)

    async def profile(self, account: Account, place: Place) -> Profile | None:
        return await self._people.profile(account, place)


def _words(place: Place, words: str) -> bytes:
    activity = {"type": "message", "text": words, "textFormat": "plain", **_envelope(place)}
    return as_json(activity).encode()


def _card(place: Place, drawn: Drawn, id_: str = "") -> bytes:
    """The card is JSON already: it is put in as it is."""
    activity = {
        "type": "message",
        "summary": drawn.summary,
        **_envelope(place),
        **({"id": id_} if id_ else {}),
    }
    attachment = f'{{"contentType":"{CARD_TYPE}","content":{drawn.wire}}}'
    return f'{as_json(activity)[:-1]},"attachments":[{attachment}]}}'.encode()


def _envelope(place: Place) -> Json:
    return {
        "channelId": CHANNEL,
        "serviceUrl": place.address.service,
        "conversation": {"id": conversation(place)},
        "from": {"id": place.address.app},
    }
