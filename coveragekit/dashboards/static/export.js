// What can be taken out: tables as files, the map as a print. The role decides what is offered.
export default component(({ model, el, send }) => {
  const boxes = new Map();
  const list = h("div", { class: "ck-export-tables" });
  const holds = h("p", { class: "ck-caption", role: "status" });
  const kind = h("select", { class: "ck-select", "aria-label": "Format of the tables", on: { change: () => limit() } });
  const filtered = h("input", { type: "checkbox", checked: true });
  const take = h("button", { type: "button", class: "ck-button", on: { click: () => send("tables", {
    tables: chosen(), kind: kind.value, filtered: filtered.checked }) } }, "Save tables");
  const sheet = h("select", { class: "ck-select", "aria-label": "Paper of the printed map" });
  const prints = [["pdf", "Print PDF"], ["png", "Picture PNG"], ["html", "Page HTML"]].map(([key, words]) =>
    h("button", { type: "button", class: "ck-button",
      title: key === "html" ? "The whole study as one page that opens without a server" : "What the map shows now",
      on: { click: () => send("print", { kind: key, sheet: sheet.value }) } }, words));
  const stop = h("button", { type: "button", class: "ck-button", hidden: true, on: { click: () => send("cancel") } }, "Cancel");
  const busy = h("p", { class: "ck-caption ck-grow", role: "status" });
  const said = h("ul", { class: "ck-said", "aria-live": "polite" });

  const chosen = () => [...boxes].filter(([, box]) => box.checked).map(([key]) => key);
  const several = () => kind.selectedOptions[0]?.dataset.several === "yes";
  // A format that holds one table turns the choices into one out of many, and says so.
  const limit = () => {
    const [first] = chosen();
    for (const [key, box] of boxes) {
      box.type = several() ? "checkbox" : "radio";
      if (!several()) box.checked = key === first;
    }
    say(holds, several() ? "" : `${kind.selectedOptions[0]?.textContent ?? "This format"} holds one table; GeoPackage and Excel hold several.`);
    take.disabled = !chosen().length;
  };

  model.on("msg:custom", (message, buffers) => {
    if (message.event !== "file") return;
    const url = URL.createObjectURL(new Blob(buffers, { type: message.type }));
    h("a", { href: url, download: message.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 30000);
  });

  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Export");
  el.append(
    h("h2", {}, "Export"),
    h("fieldset", { class: "ck-fieldset" }, h("legend", {}, "Tables"), list, holds,
      h("label", { class: "ck-check" }, filtered, "Only what the filters leave"),
      h("div", { class: "ck-export-row" }, kind, take)),
    h("fieldset", { class: "ck-fieldset" }, h("legend", {}, "Map"),
      h("div", { class: "ck-export-row" }, sheet, prints)),
    h("div", { class: "ck-export-row" }, busy, stop), said);

  let known = "";
  return (state) => {
    const offered = JSON.stringify([state.tables, state.kinds, state.sheets]);
    if (offered !== known) {
      known = offered;
      boxes.clear();
      list.replaceChildren(...state.tables.map((table) => {
        const box = h("input", { type: "checkbox", checked: table.chosen, name: "ck-export-table",
          on: { change: () => { take.disabled = !chosen().length; } } });
        boxes.set(table.key, box);
        return h("label", { class: "ck-check" }, box,
          h("span", {}, table.title, table.note ? h("span", { class: "ck-quiet" }, `, ${table.note}`) : null));
      }));
      kind.replaceChildren(...state.kinds.map((one) =>
        h("option", { value: one.key, "data-several": one.several ? "yes" : "no" }, one.title)));
      kind.value = "gpkg";
      sheet.replaceChildren(...state.sheets.map((one) => h("option", { value: one.key }, one.title)));
      limit();
    }
    const isBusy = Boolean(state.busy);
    el.setAttribute("aria-busy", String(isBusy));
    say(busy, state.busy);
    stop.hidden = !isBusy;
    for (const button of [take, ...prints]) button.disabled = isBusy;
    if (!isBusy) limit();
    said.replaceChildren(...state.said.map((words) => h("li", {}, words)));
  };
});
