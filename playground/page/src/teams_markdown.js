import { micromark } from "micromark";

const FOLLOWED = /^(https?|tel|mailto):/i;

/** Takes the address from every link that isn't a web page, a telephone or a mail; the words stay. */
function harmless(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const link of page.querySelectorAll("a")) {
    if (!FOLLOWED.test(link.getAttribute("href") ?? "")) link.removeAttribute("href");
    link.rel = "noreferrer noopener";
  }
  return page.body.innerHTML;
}

/**
 * The Markdown that Teams knows in cards: bold, italic, lists, links; no headings, tables, pictures or HTML.
 * HTML in the text is shown as the characters that it is made of.
 */
export function teamsMarkdown(text) {
  const plain = { disable: { null: ["headingAtx", "setextUnderline", "htmlFlow", "htmlText", "labelStartImage", "codeIndented"] } };
  return harmless(micromark(text, { allowDangerousProtocol: true, extensions: [plain] }));
}
