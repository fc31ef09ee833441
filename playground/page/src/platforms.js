import { SlackCard } from "./slack_card";
import { SlackModal } from "./slack_modal";
import { TeamsCard } from "./teams_card";
import { TeamsDialog } from "./teams_dialog";

/** What differs between the two panes; everything else is the same on both. */
export const PLATFORMS = {
  slack: {
    name: "Slack",
    place: "workspace",
    Card: SlackCard,
    Form: SlackModal,
    homeTab: true,
    threadsInPersonal: true,
    composer: "Message Braver, or /braver and a word",
    channelMark: "#",
  },
  teams: {
    name: "Teams",
    place: "tenant",
    Card: TeamsCard,
    Form: TeamsDialog,
    homeTab: false,
    threadsInPersonal: false,
    composer: "Type a message to Braver",
    channelMark: "",
  },
};
