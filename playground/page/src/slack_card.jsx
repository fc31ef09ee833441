import { Message } from "slack-blocks-to-jsx";

import { Press } from "./press";
import { SlackInput } from "./slack_input";

/** Safe to follow from here; anything else is shown as words. */
const FOLLOWED = /^(https?|tel|mailto):/i;

const HOOKS = {
  link: ({ href, children }) =>
    FOLLOWED.test(href) ? (
      <a href={href} target="_blank" rel="noreferrer noopener">
        {children ?? href}
      </a>
    ) : (
      <span>{children ?? href}</span>
    ),
};

function isInteractive(block) {
  return block.type === "actions" || block.type === "input" || Boolean(block.accessory);
}

/** Neighbouring blocks that are only read, together; blocks that are pressed or filled, alone. */
function runs(blocks) {
  const found = [];
  for (const block of blocks) {
    const last = found.at(-1);
    if (!isInteractive(block) && last && !isInteractive(last[0])) last.push(block);
    else found.push([block]);
  }
  return found;
}

/** Whether these words stand in the block already: then they are not said a second time. */
function says(block, words) {
  return Boolean(words && block) && JSON.stringify(block).includes(JSON.stringify(words).slice(1, -1));
}

function Read({ blocks }) {
  return (
    <div className="slack-read">
      <Message blocks={blocks} name="" logo="" theme="light" withoutWrapper hooks={HOOKS} />
    </div>
  );
}

function Element({ element, block, press }) {
  if (element.type !== "button") return null;
  if (element.url) {
    return (
      <a className="slack-button" href={FOLLOWED.test(element.url) ? element.url : undefined} target="_blank" rel="noreferrer noopener">
        {element.text.text}
      </a>
    );
  }
  return (
    <Press
      className={`slack-button ${element.style ?? ""}`}
      label={element.accessibility_label}
      press={() => press({ ...element, block_id: block.block_id })}
    >
      {element.text.text}
    </Press>
  );
}

/**
 * Blocks of a message, a home or a modal. What is read is drawn by slack-blocks-to-jsx; what is pressed or
 * filled in is ours, since that library has no way to say what was pressed.
 */
export function SlackBlocks({ blocks, press, fields }) {
  return runs(blocks).map((run, number, all) => {
    const [block] = run;
    if (block.type === "actions") {
      return (
        <div key={block.block_id} className="slack-actions">
          {block.elements.map((element) => (
            <Element key={element.action_id} element={element} block={block} press={press} />
          ))}
        </div>
      );
    }
    if (block.type === "input") {
      const error = fields.errors[block.block_id] ?? "";
      const above = all[number - 1]?.at(-1);
      return <SlackInput key={block.block_id} block={block} fields={fields} error={says(above, error) ? "" : error} />;
    }
    if (block.accessory) {
      const { accessory, ...prose } = block;
      return (
        <div key={block.block_id} className="slack-beside">
          <Read blocks={[prose]} />
          <Element element={accessory} block={block} press={press} />
        </div>
      );
    }
    return <Read key={block.block_id} blocks={run} />;
  });
}

export function SlackCard({ message, act }) {
  const blocks = message.card ?? [{ type: "section", block_id: "text", text: { type: "mrkdwn", text: message.text } }];
  const press = (raw) => act({ do: "press", chat: message.chat, message: message.id, button: raw });
  return (
    <div className="slack-card">
      <SlackBlocks blocks={blocks} press={press} />
    </div>
  );
}
