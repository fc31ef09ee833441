/** The line to the server: what is shown comes over the WebSocket, what is done goes by POST. */

const AGAIN_MS = 1000;

/**
 * Keeps a WebSocket open for as long as the page is. `onView` gets every new view, `onLine` whether the line is up.
 * Returns `watch(people, reading)`: whose screens to send, and which chat each of them has before their eyes.
 */
export function connect(onView, onLine) {
  let socket;
  let wanted = "";
  const open = () => {
    const address = new URL("ws", location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    address.hash = "";
    socket = new WebSocket(address);
    socket.onopen = () => {
      onLine(true);
      if (wanted) socket.send(wanted);
    };
    socket.onmessage = (event) => onView(JSON.parse(event.data));
    socket.onclose = () => {
      onLine(false);
      setTimeout(open, AGAIN_MS);
    };
  };
  open();
  return (people, reading) => {
    const asked = JSON.stringify({ people, reading });
    if (asked === wanted) return;
    wanted = asked;
    if (socket.readyState === WebSocket.OPEN) socket.send(wanted);
  };
}

/** Sends one act; answers what the server says, or throws an Error whose message is for the person at the page. */
export async function post(path, act) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(act),
    });
  } catch {
    throw new Error("The playground does not answer. Is it still running?");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.problem ?? "That did not work.");
  return said;
}
