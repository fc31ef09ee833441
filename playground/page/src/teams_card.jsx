import * as AC from "adaptivecards";
import { useEffect, useRef, useState } from "react";

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

/** A copy of the card in which every action has an id, and which action each id stands for. */
function named(card) {
  const actions = new Map();
  const copy = structuredClone(card);
  const walk = (part, original) => {
    if (!part || typeof part !== "object") return;
    if (typeof part.type === "string" && part.type.startsWith("Action.")) {
      const name = part.id ?? `action-${actions.size}`;
      part.id = name;
      actions.set(name, original);
    }
    for (const key of Object.keys(part)) walk(part[key], original[key]);
  };
  walk(copy, card);
  return { copy, actions };
}

/**
 * Draws a card by its vendor's own renderer into `box`. `run(action, inputs)` gets the action's JSON as it stands
 * in the card and what was filled in (input id → text), or null where the action takes no inputs.
 */
export function drawCard(box, json, { run, search }) {
  const { copy, actions } = named(json);
  const card = new AC.AdaptiveCard();
  card.hostConfig = HOST;
  const context = new AC.SerializationContext();
  context.setElementRegistry(elements(search));
  card.parse(copy, context);
  card.onExecuteAction = (action) => {
    if (action instanceof AC.OpenUrlAction) {
      if (FOLLOWED.test(action.url ?? "")) window.open(action.url, "_blank", "noopener,noreferrer");
      return;
    }
    const inputs = action.associatedInputs === "none" ? [] : card.getAllInputs();
    const filled = Object.fromEntries(inputs.map((input) => [input.id, input.value ?? ""]));
    run(actions.get(action.id), inputs.length ? filled : null);
  };
  const drawn = card.render();
  box.replaceChildren(...(drawn ? [drawn] : []));
  return context;
}

/** A card that is drawn again only when its JSON changes: what was typed into it stays until then. */
export function AdaptiveCard({ json, run, search, label }) {
  const box = useRef(null);
  const calls = useRef({});
  const [busy, setBusy] = useState(false);
  calls.current = { run, search };
  const text = JSON.stringify(json);
  useEffect(() => {
    drawCard(box.current, JSON.parse(text), {
      run: async (action, inputs) => {
        setBusy(true);
        await calls.current.run(action, inputs);
        setBusy(false);
      },
      search: (field, words) => calls.current.search(field, words),
    });
  }, [text]);
  return <div className="teams-card" ref={box} role="group" aria-label={label} aria-busy={busy} inert={busy || undefined} />;
}

/** A message of Teams: its words, then its cards. */
export function TeamsCard({ message, act }) {
  const on = { chat: message.chat, message: message.id };
  const cards = [message.card ?? []].flat();
  const run = (button, values) =>
    values ? act({ do: "submit", ...on, button, values }) : act({ do: "press", ...on, button });
  const search = async (field, words) => (await act({ do: "search", ...on, field, words }))?.choices;
  return (
    <>
      {message.text && <p className="teams-words">{message.text}</p>}
      {cards.map((card, number) => (
        <AdaptiveCard key={number} json={card} run={run} search={search} label={`Card from ${message.author}`} />
      ))}
    </>
  );
}
