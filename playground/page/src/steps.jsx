import { useState } from "react";

/** What to try: the story, one step at a time, each with a button that makes you the person who acts in it. */
export function Steps({ steps, people, choose }) {
  const [at, setAt] = useState(0);
  const step = steps[at];
  const person = people.find((one) => one.id === step.who);
  return (
    <section className="steps" aria-label="What to try">
      <div className="steps-words" role="status">
        <h2>
          <span>
            What to try, {at + 1} of {steps.length}:
          </span>{" "}
          {step.title}
        </h2>
        <p>{step.words}</p>
      </div>
      <div className="steps-go">
        {person && (
          <button type="button" className="strong" onClick={() => choose(person.platform, person.id)}>
            Be {person.name}
          </button>
        )}
        <button type="button" disabled={at === 0} onClick={() => setAt(at - 1)}>
          Back
        </button>
        <button type="button" disabled={at === steps.length - 1} onClick={() => setAt(at + 1)}>
          Next step
        </button>
      </div>
    </section>
  );
}
