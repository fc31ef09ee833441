import { createRoot } from "react-dom/client";

import "slack-blocks-to-jsx/dist/style.css";
import "adaptivecards/lib/adaptivecards.css";
import "./page.css";
import "./conversation.css";
import "./form.css";
import "./slack.css";
import "./teams.css";
import { App } from "./app";

createRoot(document.getElementById("page")).render(<App />);
