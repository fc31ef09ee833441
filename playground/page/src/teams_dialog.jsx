import { Dialog } from "./dialog";
import { AdaptiveCard } from "./teams_card";

/** A Teams dialog: a card in a box of its own. */
export function TeamsDialog({ form, act }) {
  const run = (button, values) => act({ do: "submit", form: form.id, button, values: values ?? {} });
  const search = async (field, words) => (await act({ do: "search", form: form.id, field, words }))?.choices;
  return (
    <Dialog title={form.title} close={() => act({ do: "dismiss" })}>
      <div className="dialog-body">
        {form.problem && (
          <p className="error" role="alert">
            {form.problem}
          </p>
        )}
        <AdaptiveCard json={form.raw} place={form.id} run={run} search={search} label={form.title} />
      </div>
    </Dialog>
  );
}
