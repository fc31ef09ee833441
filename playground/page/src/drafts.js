import { useEffect, useState } from "react";

/** What was typed and not sent yet, by where it was typed: so that one can be somebody else for a while. */
const drafts = new Map();

/** As useState, but what was set is there again when the same `key` is drawn later. */
export function useDraft(key, initial) {
  const [value, setValue] = useState(() => drafts.get(key) ?? initial());
  useEffect(() => {
    drafts.set(key, value);
  }, [key, value]);
  return [value, setValue];
}

export function keepDraft(key, value) {
  drafts.set(key, value);
}

export function draftOf(key) {
  return drafts.get(key);
}
