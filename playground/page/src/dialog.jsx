import { useEffect, useRef } from "react";

const FOCUSABLE = "input, textarea, select, button:not(.close), a[href]";

/** A box over one conversation, which is inert meanwhile. The focus goes into it; Escape closes it. */
export function Dialog({ title, close, children }) {
  const box = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    (box.current.querySelector(FOCUSABLE) ?? box.current).focus();
    return () => before?.focus?.();
  }, []);
  const onKeyDown = (event) => {
    if (event.key === "Escape") close();
  };
  return (
    <div className="veil">
      <div className="dialog" ref={box} role="dialog" aria-label={title} tabIndex={-1} onKeyDown={onKeyDown}>
        <header>
          <h3>{title}</h3>
          <button type="button" className="close" aria-label="Close without sending" onClick={close}>
            ×
          </button>
        </header>
        {children}
      </div>
    </div>
  );
}
