"""The few public pages that an app's listing links to: what Braver is, what it keeps, how to use it.

They are Markdown in `content/pages`, for a partnership to put its own words there. Nothing on them depends
on who reads them.
"""

from html import escape

from aiohttp import web

from bot.chat.text import Block, Bullets, Line, Paragraph, Quote, Span, markup
from bot.files import bad, text_of
from bot.guidance.content import root

NAMES = ("about", "privacy", "terms")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}
_STYLE = "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:38rem;margin:2rem auto;padding:0 1rem}"


def routes() -> list[web.RouteDef]:
    """`/about`, `/privacy` and `/terms`. Raises BadFile where a page is missing or has no title."""
    return [_route(name) for name in NAMES]


def _route(name: str) -> web.RouteDef:
    shown = page(name)

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=shown, content_type="text/html", charset="utf-8", headers=_HEADERS)

    return web.get(f"/{name}", show)


def page(name: str) -> str:
    """The page as HTML. Its first line is “# title”; the rest is the markup of all our texts."""
    path = root() / "pages" / f"{name}.md"
    first, _, rest = text_of(path).partition("\n")
    if not first.startswith("# "):
        raise bad(path, 1, "A page begins with its title.", "Write “# ” and the title in the first line.")
    title = escape(first.removeprefix("# ").strip())
    body = "\n".join(map(_block, markup(rest)))
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
