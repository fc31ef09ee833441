import { useState } from "react";

/** A button that can't be pressed twice while the first press is on its way. */
export function Press({ className, label, press, children }) {
  const [busy, setBusy] = useState(false);
  const onClick = async () => {
    setBusy(true);
    await press();
    setBusy(false);
  };
  return (
    <button type="button" className={className} aria-label={label} aria-busy={busy} disabled={busy} onClick={onClick}>
      {children}
    </button>
  );
}
