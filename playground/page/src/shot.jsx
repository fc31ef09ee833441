import { useEffect, useState } from "react";

import { Message } from "./message";
import { PLATFORMS } from "./platforms";

const NOBODY = { id: "", name: "You" };
const nothing = async () => null;

/**
 * One message, home or form by itself, for pictures: at `/#shot`, drawn as the chats draw it. What to show comes
 * as a `shot` event whose detail is `{name, platform, zone, message}` or `{name, platform, zone, form}`.
 */
export function Shot() {
  const [shown, setShown] = useState(null);
  useEffect(() => {
    const show = (event) => setShown(event.detail);
    window.addEventListener("shot", show);
    return () => window.removeEventListener("shot", show);
  }, []);
  if (!shown) return <p className="waiting">Nothing to show yet.</p>;
  const { platform, zone, name, message, form } = shown;
  const { Card, Form } = PLATFORMS[platform];
  return (
    <div className={`shot ${platform}`} data-name={name} key={JSON.stringify(shown)}>
      {form ? (
        <Form form={form} zone={zone} act={nothing} />
      ) : (
        <div className="messages">
          <Message message={message} me={NOBODY} Card={Card} act={nothing} />
        </div>
      )}
    </div>
  );
}
