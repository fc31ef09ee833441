/** Teams' light look as a host configuration of the renderer: sizes, spaces and colours, all with AA contrast. */

const INK = "#242424";
const SUBTLE = "#616161";

const COLOURS = {
  default: { default: INK, subtle: SUBTLE },
  dark: { default: INK, subtle: SUBTLE },
  light: { default: "#ffffff", subtle: "#f0f0f0" },
  accent: { default: "#4f52b2", subtle: "#4f52b2" },
  good: { default: "#0b6a0b", subtle: "#0b6a0b" },
  warning: { default: "#8a3707", subtle: "#8a3707" },
  attention: { default: "#b10e1c", subtle: "#b10e1c" },
};

function container(backgroundColor, borderColor = backgroundColor) {
  return { backgroundColor, borderColor, foregroundColors: COLOURS };
}

export const TEAMS = {
  supportsInteractivity: true,
  fontTypes: {
    default: {
      fontFamily: "'Segoe UI', BlinkMacSystemFont, Roboto, 'Liberation Sans', Arial, sans-serif",
      fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 },
      fontWeights: { lighter: 400, default: 400, bolder: 600 },
    },
    monospace: {
      fontFamily: "Consolas, 'Liberation Mono', monospace",
      fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 },
      fontWeights: { lighter: 400, default: 400, bolder: 600 },
    },
  },
  lineHeights: { small: 16, default: 20, medium: 20, large: 24, extraLarge: 32 },
  spacing: { small: 4, default: 8, medium: 12, large: 16, extraLarge: 20, padding: 16 },
  separator: { lineThickness: 1, lineColor: "#e0e0e0" },
  containerStyles: {
    default: container("#ffffff", "#e0e0e0"),
    emphasis: container("#f5f5f5", "#e0e0e0"),
    accent: container("#e8ebfa"),
    good: container("#e7f2da"),
    warning: container("#fdf3d6"),
    attention: container("#fcf4f6", "#eeacb2"),
  },
  textStyles: { heading: { size: "large", weight: "bolder" } },
  textBlock: { headingLevel: 4 },
  factSet: { title: { weight: "bolder", wrap: true, maxWidth: 150 }, value: { wrap: true }, spacing: 12 },
  inputs: {
    allowDynamicallyFilteredChoiceSet: true,
    label: {
      inputSpacing: "small",
      requiredInputs: { weight: "bolder" },
      optionalInputs: { weight: "bolder" },
    },
    errorMessage: { color: "attention", weight: "bolder" },
  },
  actions: {
    maxActions: 6,
    buttonSpacing: 8,
    spacing: "large",
    actionsOrientation: "horizontal",
    actionAlignment: "left",
    allowTitleToWrap: true,
    showCard: { actionMode: "inline", inlineTopMargin: 12 },
  },
};
