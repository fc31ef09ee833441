// Reads a JSON list of Adaptive Cards from standard input; writes, for each, the list of complaints
// that the vendor's own parser and validator make about it. Argument: the folder of node_modules.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.argv[2], "any.js"));
const { AdaptiveCard, SerializationContext, Version } = require("adaptivecards/dist/adaptivecards.js");

const complaints = JSON.parse(readFileSync(0, "utf8")).map((source) => {
  // Parsed for the card's own version: what that version does not know is a complaint.
  const context = new SerializationContext(Version.parse(source.version, new SerializationContext()));
  const card = new AdaptiveCard();
  card.parse(source, context);
  const said = [...Array(context.eventCount).keys()].map((at) => context.getEventAt(at).message);
  return [...said, ...card.validateProperties().validationEvents.map((event) => event.message)];
});
process.stdout.write(JSON.stringify(complaints));
