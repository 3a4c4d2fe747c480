// What is drawn, how opaque, and what its colours mean, each layer with its own legend.
const legendList = (items) => h("ul", {}, items.map((item) =>
  h("li", {}, h("span", { class: "ck-mark", drawing: item.svg }), h("span", {}, item.text))));

export default component(({ el, send }) => {
  const rows = new Map();
  const list = h("ul", { class: "ck-checks" });
  const notes = h("div", { class: "ck-notes" });
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Layers and legend");
  el.append(h("h2", {}, "Layers"), list, notes);

  // A box that was just ticked stays so until the answer to it is there.
  const asked = new Map();
  const ask = (key, shown) => {
    asked.set(key, shown);
    setTimeout(() => asked.delete(key), 3000);
    send("layer", { key, shown });
  };

  const row = (layer) => {
    const box = h("input", { type: "checkbox",
      on: { change: (event) => ask(layer.key, event.target.checked) } });
    const slider = h("input", { type: "range", min: 10, max: 100, step: 5,
      class: "ck-opacity", "aria-label": `Opacity of: ${layer.title}`, title: "Opacity",
      on: { input: (event) => send("opacity", { key: layer.key, opacity: event.target.value / 100 }) } });
    const key = h("div", { class: "ck-layer-key" });
    const node = h("li", { "data-layer": layer.key },
      h("div", { class: "ck-layer" }, h("label", {}, box, h("span", {}, layer.title)), slider), key);
    list.append(node);
    return { box, slider, key, known: "" };
  };

  return (state) => {
    for (const layer of state.layers) {
      if (!rows.has(layer.key)) rows.set(layer.key, row(layer));
      const one = rows.get(layer.key);
      if (asked.get(layer.key) === layer.shown) asked.delete(layer.key);
      if (!asked.has(layer.key)) one.box.checked = layer.shown;
      one.slider.hidden = !layer.shown;
      if (document.activeElement !== one.slider) one.slider.value = Math.round(100 * layer.opacity);
      one.slider.setAttribute("aria-valuetext", `${Math.round(100 * layer.opacity)} per cent`);
      const fresh = JSON.stringify([layer.shown, layer.legend ?? [], layer.note ?? ""]);
      if (fresh !== one.known) {
        one.known = fresh;
        one.key.replaceChildren(...(layer.shown && layer.legend?.length ? [legendList(layer.legend)] : []),
          ...(layer.shown && layer.note ? [h("p", { class: "ck-caption" }, layer.note)] : []));
      }
    }
    notes.replaceChildren(...state.notes.map((note) => h("p", {}, note)));
  };
});
