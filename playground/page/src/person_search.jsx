import { useId, useRef, useState } from "react";

import { useDraft } from "./drafts";

/**
 * A field that finds its options as one types: the combobox pattern of WAI-ARIA. `search(words)` answers
 * `[{value, label}]`; `set` gets the chosen value, or "" as soon as the words are changed again.
 */
export function PersonSearch({ id, place, said, required, invalid, shown, placeholder, least, set, search }) {
  const [words, setWords] = useDraft(`search ${place}`, () => shown);
  const [options, setOptions] = useState(null);
  const [at, setAt] = useState(0);
  const asked = useRef(0);
  const list = useId();

  const look = async (text) => {
    const number = ++asked.current;
    if (text.trim().length < least) return setOptions(null);
    const found = await search(text.trim());
    if (number === asked.current) {
      setOptions(found ?? []);
      setAt(0);
    }
    return undefined;
  };
  const type = (text) => {
    setWords(text);
    set("");
    look(text);
  };
  const choose = (option) => {
    asked.current += 1;
    setWords(option.label);
    setOptions(null);
    set(option.value);
  };
  const onKeyDown = (event) => {
    if (!options?.length) return;
    if (event.key === "ArrowDown") setAt((at + 1) % options.length);
    else if (event.key === "ArrowUp") setAt((at + options.length - 1) % options.length);
    else if (event.key === "Enter") choose(options[at]);
    else if (event.key === "Escape") {
      event.stopPropagation();
      setOptions(null);
    } else return;
    event.preventDefault();
  };
  return (
    <div className="search">
      <input
        id={id}
        type="text"
        role="combobox"
        autoComplete="off"
        aria-autocomplete="list"
        aria-expanded={Boolean(options)}
        aria-controls={list}
        aria-activedescendant={options?.length ? `${list}-${at}` : undefined}
        aria-describedby={said}
        aria-required={required}
        aria-invalid={invalid || undefined}
        placeholder={placeholder}
        value={words}
        onChange={(event) => type(event.target.value)}
        onFocus={() => look(words)}
        onBlur={() => setOptions(null)}
        onKeyDown={onKeyDown}
      />
      <ul id={list} role="listbox" aria-label="People found" hidden={!options}>
        {options?.length === 0 && <li className="hint">Nobody of that name.</li>}
        {options?.map((option, number) => (
          <li
            key={option.value}
            id={`${list}-${number}`}
            role="option"
            aria-selected={number === at}
            onPointerDown={(event) => {
              event.preventDefault();
              choose(option);
            }}
          >
            {option.label}
          </li>
        ))}
      </ul>
    </div>
  );
}
