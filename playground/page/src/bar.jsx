import { useState } from "react";

/** The top bar: what this page is, what time it is in it, and the buttons that move time. */
export function Bar({ clock, canStartAgain, online, send }) {
  const [busy, setBusy] = useState(false);
  const wind = async (to) => {
    setBusy(true);
    await send("clock", { to });
    setBusy(false);
  };
  const startAgain = () => {
    if (window.confirm("Start again? Every case and message of this playground goes.")) wind("start_again");
  };
  return (
    <header className="bar">
      <div className="bar-what">
        <h1>
          <img src="icon.svg" alt="" width="28" height="28" />
          Braver playground
        </h1>
        <p>Fictional people. Nothing leaves this machine.</p>
      </div>
      <section className="bar-clock" aria-label="The time of the playground">
        <p className="bar-now">
          <time dateTime={clock.at}>{clock.now}</time>
          <span className={clock.working ? "pill pill-on" : "pill"}>
            {clock.working ? "working hours" : "outside working hours"}
          </span>
        </p>
        <p className="bar-next">
          {clock.deadline ? (
            <>
              <strong>Next deadline</strong> {clock.deadline.at} ({clock.deadline.wait})
              {clock.deadline.words && `: ${clock.deadline.words}`}
            </>
          ) : (
            "No deadline is running."
          )}
        </p>
      </section>
      <div className="bar-wind" role="group" aria-label="Move the clock" aria-busy={busy}>
        <button type="button" className="strong" disabled={busy || !clock.deadline} onClick={() => wind("next_deadline")}>
          Wind the clock to the next deadline
        </button>
        <button type="button" disabled={busy} onClick={() => wind("half_hour")}>
          +30 min
        </button>
        <button type="button" disabled={busy} onClick={() => wind("working_day")}>
          +1 working day
        </button>
        {canStartAgain && (
          <button type="button" disabled={busy} onClick={startAgain}>
            Start again
          </button>
        )}
      </div>
      <p className="bar-line" role="status">
        {online ? "" : "The line to the playground is down. Trying again …"}
      </p>
    </header>
  );
}
