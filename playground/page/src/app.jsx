import { useCallback, useEffect, useRef, useState } from "react";

import { Bar } from "./bar";
import { connect, post } from "./live";
import { Pane } from "./pane";
import { PLATFORMS } from "./platforms";
import { Steps } from "./steps";

const TOAST_MS = 8000;

/** Who is chosen stands in the address, so that it can be kept and shared: `#slack=jo&teams=helen`. */
function chosenInAddress() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

function firstOf(people, platform) {
  return people.find((person) => person.platform === platform)?.id;
}

/** The chat that a person has before them: the one they chose while it is there, else their chat with Braver. */
function openChat(screen, wanted) {
  if (!screen) return undefined;
  if (wanted === "home") return "home";
  const there = screen.chats.find((chat) => chat.id === wanted);
  return (there ?? screen.chats.find((chat) => chat.kind === "personal") ?? screen.chats[0])?.id;
}

export function App() {
  const [view, setView] = useState(null);
  const [online, setOnline] = useState(true);
  const [chosen, setChosen] = useState(chosenInAddress);
  const [wanted, setWanted] = useState({});
  const [toast, setToast] = useState("");
  const watch = useRef(() => {});

  useEffect(() => {
    watch.current = connect(setView, setOnline);
    const follow = () => setChosen(chosenInAddress());
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);

  useEffect(() => {
    if (!toast) return undefined;
    const timer = setTimeout(() => setToast(""), TOAST_MS);
    return () => clearTimeout(timer);
  }, [toast]);

  const choose = useCallback((platform, id) => {
    const next = new URLSearchParams({ ...chosenInAddress(), [platform]: id });
    location.hash = next.toString();
  }, []);

  /** Carries out an act and says on the page what stood against it; answers what the server said, or null. */
  const send = useCallback(async (path, act) => {
    try {
      const said = await post(path, act);
      setToast("");
      return said;
    } catch (problem) {
      setToast(problem.message);
      return null;
    }
  }, []);

  const people = view?.people ?? [];
  const shown = Object.keys(PLATFORMS)
    .map((platform) => {
      const known = people.some((person) => person.id === chosen[platform] && person.platform === platform);
      const id = known ? chosen[platform] : firstOf(people, platform);
      return { platform, id, chat: openChat(view?.screens[id], wanted[id]) };
    })
    .filter((pane) => pane.id);

  useEffect(() => {
    const reading = Object.fromEntries(shown.map((pane) => [pane.id, pane.chat ?? ""]));
    watch.current(Object.keys(reading), reading);
  });

  if (!view) return <p className="waiting">Opening the playground …</p>;
  return (
    <>
      <a className="skip" href="#panes">
        Skip to the chats
      </a>
      <Bar clock={view.clock} canStartAgain={view.can_start_again} online={online} send={send} />
      <main>
        <Steps steps={view.steps} people={people} choose={choose} />
        <div id="panes" className="panes" tabIndex={-1}>
          {shown.map((pane) => (
            <Pane
              key={pane.platform}
              platform={pane.platform}
              people={people.filter((person) => person.platform === pane.platform)}
              person={pane.id}
              screen={view.screens[pane.id]}
              chat={pane.chat}
              zone={view.clock.zone}
              choose={(id) => choose(pane.platform, id)}
              open={(chat) => setWanted((before) => ({ ...before, [pane.id]: chat }))}
              act={(act) => send("act", { person: pane.id, ...act })}
            />
          ))}
        </div>
      </main>
      <div className="toast" role="alert">
        {toast && (
          <p>
            {toast}
            <button type="button" onClick={() => setToast("")}>
              Close this note
            </button>
          </p>
        )}
      </div>
    </>
  );
}
