import { useEffect, useRef, useState } from "react";

import { Dialog } from "./dialog";
import { useDraft } from "./drafts";
import { SlackBlocks } from "./slack_card";
import { initialValue } from "./slack_input";
import { wallTime } from "./wall_time";

function initialValues(view, zone) {
  const wall = (seconds) => wallTime(seconds, zone);
  const inputs = view.blocks.filter((block) => block.type === "input");
  return Object.fromEntries(inputs.map((block) => [block.block_id, initialValue(block.element, wall)]));
}

/** A Slack modal: what was typed stays until the modal is closed, also when it is refused. */
export function SlackModal({ form, zone, act }) {
  const view = form.raw;
  const [values, setValues] = useDraft(`form ${form.id}`, () => initialValues(view, zone));
  const [busy, setBusy] = useState(false);
  const sheet = useRef(null);

  const blocks = JSON.stringify(view.blocks);
  const drawn = useRef(blocks);
  useEffect(() => {
    if (drawn.current === blocks) return;
    drawn.current = blocks;
    setValues((typed) => ({ ...initialValues(view, zone), ...typed }));
  }, [blocks, view, zone]);

  const errors = JSON.stringify(form.errors);
  useEffect(() => {
    sheet.current?.querySelector(".invalid :is(input, textarea, select)")?.focus();
  }, [errors]);

  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    await act({ do: "submit", form: form.id, values });
    setBusy(false);
  };
  const fields = {
    form: form.id,
    values,
    errors: form.errors,
    set: (id, value) => setValues((typed) => ({ ...typed, [id]: value })),
    search: async (field, words) => (await act({ do: "search", form: form.id, field, words }))?.choices,
  };
  return (
    <Dialog title={form.title} close={() => act({ do: "dismiss" })}>
      <form className="slack-modal" ref={sheet} onSubmit={submit} noValidate aria-busy={busy}>
        <div className="dialog-body">
          {form.problem && (
            <p className="error" role="alert">
              {form.problem}
            </p>
          )}
          <SlackBlocks blocks={view.blocks} fields={fields} press={(raw) => act({ do: "press", form: form.id, button: raw })} />
        </div>
        <footer>
          <button type="button" className="slack-button" onClick={() => act({ do: "dismiss" })}>
            {view.close?.text ?? "Cancel"}
          </button>
          {view.submit && (
            <button type="submit" className="slack-button primary" disabled={busy}>
              {view.submit.text}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}
