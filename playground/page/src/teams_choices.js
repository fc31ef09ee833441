import { ChoiceSetInput, Choice } from "adaptivecards";

let boxes = 0;

/**
 * A choice whose options are found by typing (`choices.data`). The renderer sends the shown words back; Teams
 * sends the value of what was chosen: so the options found are kept as choices, and the box offers them.
 */
export class SearchedChoices extends ChoiceSetInput {
  isDynamicTypeahead() {
    return false;
  }

  internalRender() {
    const data = this.choicesData;
    if (!data?.dataset || !this.search) return super.internalRender();
    const wanted = this.defaultValue;
    this.style = "filtered";
    this.defaultValue = this.choices.find((choice) => choice.value === wanted)?.title;
    const element = super.internalRender();
    this.defaultValue = wanted;
    const input = element.querySelector("input");
    const list = element.querySelector("datalist");
    list.id = `searched-${++boxes}`;
    input.setAttribute("list", list.id);
    input.autocomplete = "off";
    const sameAsBefore = input.oninput;
    let asked = 0;
    input.oninput = async (event) => {
      sameAsBefore.call(input, event);
      const number = ++asked;
      const found = await this.search(this.id, input.value);
      if (number === asked && found) this.offer(found, list);
    };
    return element;
  }

  offer(found, list) {
    const known = new Map(this.choices.map((choice) => [choice.value, choice]));
    for (const { value, label } of found) known.set(value, new Choice(value, label));
    this.choices = [...known.values()];
    list.replaceChildren(
      ...found.map(({ label }) => {
        const option = document.createElement("option");
        option.value = label;
        return option;
      }),
    );
  }
}
