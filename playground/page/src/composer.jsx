import { useId, useState } from "react";

import { useDraft } from "./drafts";

/** Where words are typed; `place` tells one such from every other. They stay until they were sent. In a channel the bot hears only who mentions it. */
export function Composer({ label, place, mentions, send, small = false }) {
  const [text, setText] = useDraft(`words ${place}`, () => "");
  const [mention, setMention] = useState(true);
  const [busy, setBusy] = useState(false);
  const id = useId();
  const submit = async (event) => {
    event?.preventDefault();
    if (!text.trim() || busy) return;
    setBusy(true);
    if (await send(text, mentions && mention)) setText("");
    setBusy(false);
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) submit(event);
  };
  return (
    <form className={small ? "composer small" : "composer"} onSubmit={submit}>
      <label className="unseen" htmlFor={id}>
        {label}
      </label>
      <textarea
        id={id}
        rows={1}
        value={text}
        placeholder={label}
        readOnly={busy}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="composer-foot">
        {mentions && (
          <label>
            <input type="checkbox" checked={mention} onChange={(event) => setMention(event.target.checked)} />
            Mention Braver
          </label>
        )}
        <button type="submit" disabled={busy || !text.trim()}>
          Send
        </button>
      </div>
    </form>
  );
}
