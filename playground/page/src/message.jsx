import { Face } from "./face";

/** One message with its author, its time and its marks: only visible to you, edited. */
export function Message({ message, me, Card, act }) {
  const kind = message.mine ? "message mine" : "message";
  return (
    <div className={message.private ? `${kind} private` : kind} data-message={message.id}>
      <Face name={message.author} bot={message.bot} />
      <div className="message-body">
        {message.private && <p className="private-mark">Only visible to you</p>}
        <p className="message-head">
          <strong>{message.mine ? me.name : message.author}</strong>
          {message.bot && <span className="app-mark">App</span>}
          <time dateTime={message.stamp}>{message.at}</time>
          {message.edits > 0 && <span className="edited">edited</span>}
        </p>
        <Card message={message} me={me} act={act} />
      </div>
    </div>
  );
}
