import { createRoot } from "react-dom/client";

import "slack-blocks-to-jsx/dist/style.css";
import "adaptivecards/lib/adaptivecards.css";
import "./page.css";
import "./bar.css";
import "./steps.css";
import "./pane.css";
import "./conversation.css";
import "./form.css";
import "./slack.css";
import "./teams.css";
import "./shot.css";
import { App } from "./app";
import { Shot } from "./shot";

createRoot(document.getElementById("page")).render(location.hash === "#shot" ? <Shot /> : <App />);
