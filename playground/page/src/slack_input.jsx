import { useId } from "react";

import { PersonSearch } from "./person_search";

/** What an element holds before anybody touched it: text, option value, list of option values, or a date's text. */
export function initialValue(element, wall) {
  switch (element.type) {
    case "static_select":
    case "radio_buttons":
    case "external_select":
      return element.initial_option?.value ?? "";
    case "multi_static_select":
    case "checkboxes":
      return (element.initial_options ?? []).map((option) => option.value);
    case "datepicker":
      return element.initial_date ?? "";
    case "timepicker":
      return element.initial_time ?? "";
    case "datetimepicker":
      return element.initial_date_time ? wall(element.initial_date_time) : "";
    default:
      return element.initial_value ?? "";
  }
}

/** A labelled field of a modal, with its hint and what stands against it, tied together for screen readers. */
export function SlackInput({ block, fields, error }) {
  const id = useId();
  const { element } = block;
  const said = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const shared = {
    id,
    value: fields.values[block.block_id] ?? "",
    set: (value) => fields.set(block.block_id, value),
    said,
    required: !block.optional,
    invalid: Boolean(error),
  };
  const many = element.type === "radio_buttons" || element.type === "checkboxes" || element.type === "multi_static_select";
  const label = (
    <>
      {block.label.text}
      {block.optional && <span className="optional"> (optional)</span>}
    </>
  );
  const notes = (
    <>
      {block.hint && (
        <p className="hint" id={`${id}-hint`}>
          {block.hint.text}
        </p>
      )}
      {error && (
        <p className="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </>
  );
  const className = error ? "field invalid" : "field";
  if (many) {
    return (
      <fieldset className={className} aria-describedby={said} data-field={block.block_id}>
        <legend>{label}</legend>
        <Options element={element} {...shared} />
        {notes}
      </fieldset>
    );
  }
  return (
    <div className={className} data-field={block.block_id}>
      <label htmlFor={id}>{label}</label>
      <Control element={element} block={block} fields={fields} {...shared} />
      {notes}
    </div>
  );
}

function Options({ element, id, value, set, required, invalid }) {
  const single = element.type === "radio_buttons";
  const isChosen = (option) => (single ? value === option.value : value.includes(option.value));
  const choose = (option, on) => {
    if (single) set(option.value);
    else set(on ? [...value, option.value] : value.filter((one) => one !== option.value));
  };
  return element.options.map((option) => (
    <label key={option.value} className="option">
      <input
        type={single ? "radio" : "checkbox"}
        name={id}
        checked={isChosen(option)}
        required={single && required}
        aria-invalid={invalid || undefined}
        onChange={(event) => choose(option, event.target.checked)}
      />
      <span>
        {option.text.text}
        {option.description && <span className="hint">{option.description.text}</span>}
      </span>
    </label>
  ));
}

const TYPES = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" };

function Control({ element, block, fields, id, value, set, said, required, invalid }) {
  const common = {
    id,
    value,
    "aria-describedby": said,
    "aria-required": required,
    "aria-invalid": invalid || undefined,
    onChange: (event) => set(event.target.value),
  };
  if (element.type === "static_select") {
    return (
      <select {...common}>
        <option value="">{element.placeholder?.text ?? "Choose"}</option>
        {element.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text.text}
          </option>
        ))}
      </select>
    );
  }
  if (element.type === "external_select") {
    const chosen = element.initial_option;
    return (
      <PersonSearch
        id={id}
        place={`${fields.form}/${block.block_id}`}
        said={said}
        required={required}
        invalid={invalid}
        shown={chosen ? chosen.text.text : ""}
        placeholder={element.placeholder?.text ?? "Type a name"}
        least={element.min_query_length ?? 3}
        set={set}
        search={(words) => fields.search(block.block_id, words)}
      />
    );
  }
  if (element.multiline) return <textarea {...common} rows={5} placeholder={element.placeholder?.text} />;
  return <input {...common} type={TYPES[element.type] ?? "text"} placeholder={element.placeholder?.text} />;
}
