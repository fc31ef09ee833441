"""The few public pages that an app's listing links to: what Braver is, what it keeps, how to use it.

They are Markdown in `content/pages`, for a partnership to put its own words there. Nothing on them depends
on who reads them. And short notices, several in one YAML file, each with a button at most.
"""

import base64
import hashlib
from collections.abc import Iterable
from html import escape

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from bot.chat.text import Block, Bullets, Line, Paragraph, Quote, Span, markup
from bot.files import bad, load, text_of
from bot.guidance.content import root
from bot.headers import NOTHING

NAMES = ("about", "privacy", "terms")
_STYLE = (
    "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:38rem;margin:2rem auto;padding:0 1rem}"
    ".button{display:inline-block;padding:.6rem 1.2rem;border-radius:.3rem;background:#0f5c57;color:#fff}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"{NOTHING}; style-src 'sha256-{_HASH}'"
"""The Content-Security-Policy of all these pages: their own style and nothing else."""


def routes() -> list[web.RouteDef]:
    """`/about`, `/privacy` and `/terms`. Raises BadFile where a page is missing or has no title."""
    return [_route(name) for name in NAMES]


def _route(name: str) -> web.RouteDef:
    shown, headers = page(name), {"Content-Security-Policy": POLICY}

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=shown, content_type="text/html", charset="utf-8", headers=headers)

    return web.get(f"/{name}", show)


def page(name: str) -> str:
    """The page as HTML. Its first line is “# title”; the rest is the markup of all our texts."""
    path = root() / "pages" / f"{name}.md"
    first, _, rest = text_of(path).partition("\n")
    if not first.startswith("# "):
        raise bad(path, 1, "A page begins with its title.", "Write “# ” and the title in the first line.")
    return _document(first.removeprefix("# ").strip(), "\n".join(map(_block, markup(rest))))


class Notices:
    """The notices of `content/<file>`, which must have all these names. Raises BadFile where it has not.

    A notice has a title, a body and perhaps the label of a button; `{workspace}` in its body is filled in.
    """

    policy = POLICY

    def __init__(self, file: str, names: Iterable[str]) -> None:
        path = root() / file
        self._notices = load(path, dict[str, Notice])
        for name in sorted(set(names) - self._notices.keys()):
            raise bad(path, 0, f"The page “{name}” is missing.", "Write it, with title and body.")

    def __call__(self, name: str, /, *, link: str = "", **values: str) -> str:
        """The notice as HTML. `link`: where its button leads; `values` fill its body, as plain words."""
        notice = self._notices[name]
        body = "\n".join(map(_block, markup(notice.body, **values)))
        if notice.button and link:
            body += f'\n<p><a class="button" href="{escape(link)}">{escape(notice.button)}</a></p>'
        return _document(notice.title, body)


class Notice(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    body: str
    button: str = ""


def _document(title: str, body: str) -> str:
    title = escape(title)
    return (
        f'<!doctype html>\n<html lang="en-GB"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"\n<main><h1>{title}</h1>\n{body}\n</main></html>\n"
    )


def _block(block: Block) -> str:
    match block:
        case Paragraph(spans):
            return f"<p>{_line(spans)}</p>"
        case Quote(spans):
            return f"<blockquote>{_line(spans)}</blockquote>"
        case Bullets(items, ordered):
            tag = "ol" if ordered else "ul"
            return f"<{tag}>{''.join(f'<li>{_line(item)}</li>' for item in items)}</{tag}>"


def _line(spans: Line) -> str:
    return "".join(map(_span, spans))


def _span(span: Span) -> str:
    text = escape(span.text)
    text = f"<strong>{text}</strong>" if span.bold else text
    text = f"<em>{text}</em>" if span.italic else text
    return f'<a href="{escape(span.href)}">{text}</a>' if span.href else text
