"""A web page of Braver's, as a person reads it: its cards, its form, and what can be pressed and typed.

What A page looks like is a contract with `adapters/email/templates`: `<main data-page>`, an
`<article class="card" data-message>` for each card, `<form data-form>` for a form with fields `f.<id>`,
`<form data-say>` for typed words; `q.<id>` takes part of a name, to find a person for a field.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from playground.mail_html import Node, lines, parse
from playground.screen import Button, Choice, Drawing, Field, FieldKind

Pairs = list[tuple[str, str]]
Typed = Mapping[str, Sequence[str]]
"""Values by the name of the control; none: nothing of that name is sent."""
FIELD, QUERY = "f.", "q."
FIND = "find"


@dataclass(frozen=True, slots=True)
class Web:
    """An HTML form: where it goes, what it sends unasked, and its named buttons in order."""

    action: str
    node: Node
    buttons: tuple[Button, ...]

    @property
    def holds(self) -> Pairs:
        """What its controls hold now, buttons left out."""
        found: Pairs = []
        for control in self.node.all("input", "textarea", "select"):
            found += _held(control)
        return found

    @property
    def instance(self) -> str:
        return self.node.get("data-form")


@dataclass(frozen=True, slots=True)
class WebCard:
    """A card of the page; `message` is its id, empty for a card of the moment."""

    message: str
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class Page:
    """`kind`: link, code, letter, form or refused. `problem`: what is said against the last act."""

    url: str
    status: int
    kind: str
    title: str
    problem: str
    drawing: Drawing
    cards: tuple[WebCard, ...]
    forms: tuple[Web, ...]

    @property
    def form(self) -> Web | None:
        """The form to be filled in."""
        return next((form for form in self.forms if form.instance), None)

    @property
    def say(self) -> Web | None:
        """The form for typed words."""
        return next((form for form in self.forms if form.node.has("data-say")), None)


def read(url: str, status: int, source: str) -> Page:
    """The page of this HTML. Raises AssertionError where it is not one of Braver's."""
    root = parse(source)
    main = root.first(lambda node: node.tag == "main" and node.has("data-page"))
    assert main is not None, f"status {status}, and no page of Braver's: {source[:200]}"
    alert = main.first(lambda node: node.get("role") == "alert" and node.classed("problem"))
    heading = main.first(lambda node: node.tag == "h1")
    return Page(
        url=url,
        status=status,
        kind=main.get("data-page"),
        title=heading.words if heading else "",
        problem=alert.words if alert else "",
        drawing=_drawing(main, main),
        cards=tuple(_cards(main)),
        forms=tuple(Web(form.get("action"), form, _buttons(form)) for form in main.all("form")),
    )


def refreshed(source: str) -> str | None:
    """Where the page itself leads on to, without a click."""
    meta = parse(source).first(lambda node: node.tag == "meta" and node.get("http-equiv") == "refresh")
    return meta.get("content").partition("url=")[2] if meta is not None else None


def fields(form: Web, scope: Node) -> tuple[Field, ...]:
    """What can be filled in. `scope` is the page, where hints and errors stand."""
    searched = [button.get("value") for button in form.node.all("button") if button.get("name") == FIND]
    controls = form.node.all("input", "textarea", "select")
    known = {control.get("name") for control in controls}
    found: dict[str, Field] = {}
    for control in [*controls, *form.node.all("button")]:
        name = control.get("name")
        if name == FIND and FIELD + control.get("value") not in known:
            id = control.get("value")
            found[FIELD + id] = _nobody(form, id, control, scope)
        elif _fillable(control) and name not in found:
            found[name] = _field(form, control, scope, searched)
    return tuple(found.values())


def _fillable(control: Node) -> bool:
    name = control.get("name")
    return control.tag != "button" and control.get("type") != "hidden" and name != "" and name[:2] != QUERY


def _field(form: Web, control: Node, scope: Node, searched: Sequence[str]) -> Field:
    name = control.get("name")
    id = name.removeprefix(FIELD)
    group = [item for item in form.node.all("input", "textarea", "select") if item.get("name") == name]
    kind = _kind(control)
    choices = tuple(_choices(form, group)) if kind in ("choice", "choices") else ()
    held = [value for item in group for _, value in _held(item)]
    labels = {choice.value: choice.label for choice in choices}
    frame = _frame(form.node, group) if kind in ("choice", "choices") and control.tag == "input" else control
    described = [_by_id(scope, id) for id in frame.get("aria-describedby").split()]
    error = _by_id(scope, f"e.{id}")
    return Field(
        id=id,
        label=_label(form, frame),
        kind=kind,
        raw={"name": name},
        required=control.has("required") or frame.get("aria-required") == "true",
        choices=choices,
        searches=id in searched,
        shown=", ".join(labels.get(value, value) for value in held if value),
        hint=" ".join(part.words for part in described if part is not None and part is not error),
        error=error.words if error is not None else "",
        max_length=int(control.get("maxlength")) if control.has("maxlength") else None,
    )


def _nobody(form: Web, id: str, find: Node, scope: Node) -> Field:
    """A field for a person that has no choices yet."""
    around = [node for node in form.node.all("fieldset", "div") if find in node.walk()]
    legend = next((part for frame in reversed(around) for part in frame.all("legend", "label")), None)
    error = _by_id(scope, f"e.{id}")
    return Field(
        id, legend.words if legend else "", "choice", {"name": FIELD + id}, searches=True,
        error=error.words if error is not None else "",
    )  # fmt: skip


def _kind(control: Node) -> FieldKind:
    if control.tag == "textarea":
        return "long_text"
    if control.tag == "select":
        return "choice"
    match control.get("type"):
        case "radio":
            return "choice"
        case "checkbox":
            return "choices"
        case "datetime-local":
            return "datetime"
    return "text"


def _choices(form: Web, group: Sequence[Node]) -> Iterator[Choice]:
    for control in group:
        if control.tag == "select":
            yield from (Choice(option.get("value"), option.words) for option in control.all("option"))
        else:
            yield Choice(control.get("value"), _label(form, control))


def _held(control: Node) -> Pairs:
    name, kind = control.get("name"), control.get("type")
    if not name or control.has("disabled"):
        return []
    if control.tag == "textarea":
        return [(name, control.text.removeprefix("\n"))]
    if control.tag == "select":
        chosen = [option for option in control.all("option") if option.has("selected")]
        return [(name, option.get("value")) for option in (chosen or control.all("option")[:1])]
    if kind in ("radio", "checkbox"):
        return [(name, control.get("value"))] if control.has("checked") else []
    return [] if kind in ("submit", "button") else [(name, control.get("value"))]


def _frame(form: Node, group: Sequence[Node]) -> Node:
    """The fieldset around a group of choices, the innermost."""
    around = [node for node in form.all("fieldset") if group[0] in node.walk()]
    return around[-1] if around else group[0]


def _label(form: Web, control: Node) -> str:
    """What the control is called: by its legend, by the label that names it, or by the one around it."""
    if control.tag == "fieldset":
        legend = control.first(lambda node: node.tag == "legend")
        return legend.words if legend else ""
    for label in form.node.all("label"):
        if (control.get("id") and label.get("for") == control.get("id")) or control in label.walk():
            return label.words
    return control.get("aria-label")


def _by_id(scope: Node, id: str) -> Node | None:
    return scope.first(lambda node: bool(id) and node.get("id") == id)


def _buttons(node: Node) -> tuple[Button, ...]:
    """The buttons of a form, in order; `raw` holds what a press sends, and where to."""
    return tuple(
        Button(
            label=button.words or button.get("aria-label"),
            raw={"name": button.get("name"), "value": button.get("value")},
            style="primary" if button.classed("primary") else "danger" if button.classed("danger") else "",
            enters=button.get("name") not in ("press", FIND),
        )
        for button in node.all("button")
    )


def _cards(main: Node) -> Iterator[WebCard]:
    for article in main.all("article"):
        if article.classed("card"):
            yield WebCard(article.get("data-message"), _drawing(article, main))


def _drawing(node: Node, scope: Node) -> Drawing:
    """What stands within, with its buttons; each button knows its form."""
    buttons: list[Button] = []
    inputs: list[Field] = []

    def drawn(part: Node) -> list[str] | None:
        match part.tag:
            case "form":
                web = Web(part.get("action"), part, _buttons(part))
                buttons.extend(
                    Button(found.label, {**found.raw, "form": web}, found.style, found.url, found.enters)
                    for found in web.buttons
                )
                found = fields(web, scope)
                inputs.extend(found)
                shown = [line for line in lines(part, inner) if line]
                shown += [_told(item) for item in found]
                labels = [f"[{button.label}]" for button in web.buttons]
                return [*shown, " ".join(labels)] if labels else shown
            case "dl":
                return _facts(part)
        return None

    def inner(part: Node) -> list[str] | None:
        return [] if part.tag in ("button", "input", "textarea", "select", "label", "legend") else None

    return Drawing(tuple(lines(node, lambda part: drawn(part))), tuple(buttons), tuple(inputs))


def _told(item: Field) -> str:
    optional = "" if item.required else " (optional)"
    refused = f" ! {item.error}" if item.error else ""
    return f"{item.label}{optional}: [{item.shown}]{refused}"


def _facts(facts: Node) -> list[str]:
    """Each label with its value, on a line."""
    found: list[str] = []
    for part in facts.walk():
        if part.tag == "dt":
            found.append(part.words)
        elif part.tag == "dd":
            label = found.pop() if found else ""
            found.append(f"{label.rstrip()}{'' if label.endswith((':', '?', '!')) else ':'} {part.words}")
    return found
