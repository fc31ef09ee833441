import { useEffect, useRef } from "react";

import { Composer } from "./composer";
import { Message } from "./message";
import { PLATFORMS } from "./platforms";

/** Pixels that stay free above the newest message. */
const ABOVE = 12;

/** Roots in order, each with its replies. A reply whose root is gone stands for itself. */
function threads(messages) {
  const roots = new Map(messages.filter((one) => !one.thread).map((one) => [one.id, { root: one, replies: [] }]));
  for (const one of messages) {
    if (!one.thread) continue;
    const found = roots.get(one.thread);
    if (found) found.replies.push(one);
    else roots.set(one.id, { root: one, replies: [] });
  }
  return [...roots.values()];
}

/**
 * The newest message stays in sight, from its first line on, unless the reader has scrolled up to read.
 * `signature` changes when a message arrives or is redrawn.
 */
function useNewestInSight(newest, signature) {
  const list = useRef(null);
  const following = useRef(true);
  useEffect(() => {
    const box = list.current;
    if (!box || !following.current) return;
    const message = box.querySelector(`[data-message="${CSS.escape(newest ?? "")}"]`);
    const above = message ? message.getBoundingClientRect().top - box.getBoundingClientRect().top - ABOVE : Infinity;
    box.scrollTop = Math.min(box.scrollTop + above, box.scrollHeight);
  }, [newest, signature]);
  const onScroll = () => {
    const box = list.current;
    const message = box.querySelector(`[data-message="${CSS.escape(newest ?? "")}"]`);
    const seen = message && message.getBoundingClientRect().top < box.getBoundingClientRect().bottom;
    following.current = !message || seen;
  };
  return { list, onScroll };
}

export function Conversation({ platform, me, screen, chat, homeTab, open, act, inert }) {
  const { name: platformName, Card, composer, channelMark, threadsInPersonal } = PLATFORMS[platform];
  const personal = screen.chats.find((one) => one.kind === "personal");
  const shown = screen.chats.find((one) => one.id === chat);
  const messages = shown?.messages ?? [];
  const { list, onScroll } = useNewestInSight(
    messages.at(-1)?.id,
    JSON.stringify(messages.map((one) => [one.id, one.edits])),
  );
  const tabs = homeTab && (chat === "home" || shown?.kind === "personal");
  const title = chat === "home" ? "Braver" : `${shown?.kind === "channel" ? channelMark : ""}${shown?.name ?? ""}`;
  const goHome = () => {
    open("home");
    act({ do: "home" });
  };
  return (
    <div className="conversation" inert={inert}>
      <header className="conversation-head">
        <h3>{title}</h3>
        {tabs && (
          <div className="tabs" role="group" aria-label="Braver in Slack">
            <button type="button" aria-pressed={chat === "home"} onClick={goHome}>
              Home
            </button>
            <button type="button" aria-pressed={chat !== "home"} onClick={() => open(personal?.id)}>
              Messages
            </button>
          </div>
        )}
      </header>
      {chat === "home" ? (
        <div className="messages home">
          {screen.home ? <Card message={screen.home} me={me} act={act} /> : <p className="empty">Nothing here yet.</p>}
        </div>
      ) : (
        <>
          <div
            className="messages"
            ref={list}
            onScroll={onScroll}
            role="log"
            aria-label={`${platformName}, ${title}, as ${me.name} sees it`}
            tabIndex={0}
          >
            {messages.length === 0 && <p className="empty">Nothing here yet. Write the first word.</p>}
            {threads(messages).map(({ root, replies }) => (
              <Thread
                key={root.id}
                platform={platform}
                root={root}
                replies={replies}
                me={me}
                act={act}
                channel={shown.kind === "channel"}
                threaded={shown.kind === "channel" || threadsInPersonal}
              />
            ))}
          </div>
          {shown && (
            <Composer
              key={shown.id}
              place={`${me.id}/${shown.id}`}
              label={shown.kind === "channel" ? `Message ${title}` : composer}
              mentions={shown.kind === "channel"}
              send={(text, mention) =>
                shown.kind === "channel"
                  ? act({ do: "post", chat: shown.id, text, mention })
                  : act({ do: "say", text })
              }
            />
          )}
        </>
      )}
    </div>
  );
}

function Thread({ platform, root, replies, me, act, channel, threaded }) {
  const { Card } = PLATFORMS[platform];
  const draw = (one) => <Message key={one.id} message={one} me={me} Card={Card} act={act} />;
  if (!threaded) return draw(root);
  return (
    <article className={replies.length > 0 ? "thread going" : "thread"} aria-label={`Thread begun by ${root.author}`}>
      {draw(root)}
      {replies.length > 0 && <div className="replies">{replies.map(draw)}</div>}
      {(replies.length > 0 || !root.mine) && (
        <details className="reply">
          <summary>Reply in the thread</summary>
          <Composer
            label="Reply"
            place={`${me.id}/${root.chat}/${root.id}`}
            mentions={channel}
            small
            send={(text, mention) => act({ do: "reply", message: root.id, chat: root.chat, text, mention })}
          />
        </details>
      )}
    </article>
  );
}
