// What is drawn, and what it means.
export default component(({ el, send }) => {
  const boxes = new Map();
  const list = h("ul", { class: "ck-checks" });
  const legend = h("div", { class: "ck-key" });
  const notes = h("div", { class: "ck-notes" });
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Layers and legend");
  el.append(h("h2", {}, "Layers"), list, h("h2", {}, "Legend"), legend, notes);

  return (state) => {
    for (const layer of state.layers) {
      let box = boxes.get(layer.key);
      if (!box) {
        box = h("input", { type: "checkbox",
          on: { change: (event) => send("layer", { key: layer.key, shown: event.target.checked }) } });
        boxes.set(layer.key, box);
        list.append(h("li", {}, h("label", {}, box, h("span", {}, layer.title))));
      }
      box.checked = layer.shown;
    }
    legend.replaceChildren(...state.legend.map((group) => h("section", {},
      h("h3", {}, group.title),
      h("ul", {}, group.items.map((item) =>
        h("li", {}, h("span", { class: "ck-mark", drawing: item.svg }), h("span", {}, item.text)))))));
    notes.replaceChildren(...state.notes.map((note) => h("p", {}, note)));
  };
});
