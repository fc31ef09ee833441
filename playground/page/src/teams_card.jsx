import * as AC from "adaptivecards";
import { useEffect, useRef, useState } from "react";

import { draftOf, keepDraft } from "./drafts";
import { SearchedChoices } from "./teams_choices";
import { TEAMS } from "./teams_host";
import { teamsMarkdown } from "./teams_markdown";

AC.AdaptiveCard.onProcessMarkdown = (text, result) => {
  result.outputHtml = teamsMarkdown(text);
  result.didProcess = true;
};

const HOST = new AC.HostConfig(TEAMS);
const FOLLOWED = /^(https?|tel|mailto):/i;

/** The elements the renderer knows, with our searched choices among them. */
function elements(search) {
  const known = new AC.CardObjectRegistry();
  AC.GlobalRegistry.populateWithDefaultElements(known);
  class Searched extends SearchedChoices {
    search = search;
  }
  known.register("Input.ChoiceSet", Searched, AC.Versions.v1_0);
  return known;
}

/** A copy of the card in which every action has an id and every input what was typed; and the actions by id. */
function named(card, typed) {
  const actions = new Map();
  const copy = structuredClone(card);
  const walk = (part, original) => {
    if (!part || typeof part !== "object") return;
    if (typeof part.type === "string" && part.type.startsWith("Action.")) {
      const name = part.id ?? `action-${actions.size}`;
      part.id = name;
      actions.set(name, original);
    }
    if (part.id in typed) part.value = typed[part.id];
    for (const key of Object.keys(part)) walk(part[key], original[key]);
  };
  walk(copy, card);
  return { copy, actions };
}

/**
 * Draws a card by its vendor's own renderer into `box`, and gives a function that tells what stands in its inputs
 * (input id → text). `run(action, inputs)` gets the action's JSON as it stands in the card with what was filled in,
 * or null where the action takes no inputs.
 */
function drawCard(box, json, typed, { run, search }) {
  const { copy, actions } = named(json, typed);
  const card = new AC.AdaptiveCard();
  const filled = () => Object.fromEntries(card.getAllInputs().map((input) => [input.id, input.value ?? ""]));
  card.hostConfig = HOST;
  const context = new AC.SerializationContext();
  context.setElementRegistry(elements(search));
  card.parse(copy, context);
  card.onExecuteAction = (action) => {
    if (action instanceof AC.OpenUrlAction) {
      if (FOLLOWED.test(action.url ?? "")) window.open(action.url, "_blank", "noopener,noreferrer");
      return;
    }
    const takesInputs = action.associatedInputs !== "none" && card.getAllInputs().length > 0;
    run(actions.get(action.id), takesInputs ? filled() : null);
  };
  const drawn = card.render();
  box.replaceChildren(...(drawn ? [drawn] : []));
  return filled;
}

/** A card that is drawn again only when its JSON changes: what was typed into it, at this `place`, stays until then. */
export function AdaptiveCard({ json, place, run, search, label }) {
  const box = useRef(null);
  const calls = useRef({});
  const [busy, setBusy] = useState(false);
  calls.current = { run, search };
  const text = JSON.stringify(json);
  useEffect(() => {
    const draft = `card ${place} ${text}`;
    const filled = drawCard(box.current, JSON.parse(text), draftOf(draft) ?? {}, {
      run: async (action, inputs) => {
        setBusy(true);
        await calls.current.run(action, inputs);
        setBusy(false);
      },
      search: (field, words) => calls.current.search(field, words),
    });
    return () => keepDraft(draft, filled());
  }, [place, text]);
  return <div className="teams-card" ref={box} role="group" aria-label={label} aria-busy={busy} inert={busy || undefined} />;
}

/** A message of Teams: its words, then its cards. */
export function TeamsCard({ message, me, act }) {
  const on = { chat: message.chat, message: message.id };
  const cards = [message.card ?? []].flat();
  const run = (button, values) =>
    values ? act({ do: "submit", ...on, button, values }) : act({ do: "press", ...on, button });
  const search = async (field, words) => (await act({ do: "search", ...on, field, words }))?.choices;
  return (
    <>
      {message.text && <p className="teams-words">{message.text}</p>}
      {cards.map((card, number) => (
        <AdaptiveCard
          key={number}
          json={card}
          place={`${me.id}/${message.chat}/${message.id}/${number}`}
          run={run}
          search={search}
          label={`Card from ${message.author}`}
        />
      ))}
    </>
  );
}
