// Try a camera out: its form, the numbers before and after, what is changed, what was saved.
export default component(({ model, el, send, listen }) => {
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "What if");

  // Newest wins: one setting is under way at a time; of those waiting only what settles is kept, and the last.
  let count = 0;
  let under = 0;
  let since = 0;
  let waiting = [];
  const next = () => {
    if (under && performance.now() - since < 3000) return;
    under = 0;
    const message = waiting.shift();
    if (!message) return;
    count += 1;
    under = count;
    since = performance.now();
    send("set", { ...message, seq: count });
  };
  const set = (name, value, done = true) => {
    waiting = [...waiting.filter((one) => one.done), { name, value, done }];
    next();
  };

  const button = (label, event, extra = {}) => h("button", { type: "button", class: "ck-button", ...extra,
    on: { click: () => send(event, extra.message?.() ?? {}) } }, label);
  const add = button("Add a camera", "add");
  const undo = button("Undo", "undo", { title: "Undo (Ctrl+Z)" });
  const redo = button("Redo", "redo", { title: "Redo (Ctrl+Shift+Z)" });
  const clear = button("Clear all", "clear");
  const hint = h("p", { class: "ck-caption", role: "status" });

  const addKind = h("select", { class: "ck-select", "aria-label": "Kind of the new camera",
    on: { change: () => send("add", { kind: addKind.value }) } });
  const adding = h("p", { class: "ck-acts", hidden: true }, addKind,
    button("Put it in the middle of the map", "middle"), button("Cancel", "cancel"));

  // The form of one camera.
  const title = h("h3", { class: "ck-tried-title" }, "");
  const notes = h("div", { class: "ck-tried-notes", role: "status" });
  const selects = new Map();
  const fields = new Map();
  const form = h("div", { class: "ck-form" });
  let built = "";
  let key = null;
  const close = iconButton(ICONS.close, "Close the form", () => send("close"));
  const away = h("button", { type: "button", class: "ck-button", on: { click: () => send("remove", { key }) } }, "Take away");
  const back = h("button", { type: "button", class: "ck-button", on: { click: () => send("drop", { key }) } }, "Put back as it is");
  const assumed = h("p", { class: "ck-caption", hidden: true });
  const pads = [["↑", "north", 0, 1], ["↓", "south", 0, -1], ["←", "west", -1, 0], ["→", "east", 1, 0]].map(
    ([sign, way, east, north]) => h("button", { type: "button", class: "ck-icon-button ck-nudge",
      "aria-label": `Move it 1 m to the ${way}`, title: `1 m to the ${way}`,
      on: { click: () => send("nudge", { east, north }) } }, sign));
  const open = h("section", { class: "ck-tried", hidden: true, "aria-label": "Camera that is tried" },
    h("header", { class: "ck-bar-head" }, title, h("span", { class: "ck-grow" }), close),
    notes, form, assumed,
    h("p", { class: "ck-nudges", role: "group", "aria-label": "Move the camera" },
      h("span", { class: "ck-caption" }, "Move"), pads),
    h("p", { class: "ck-acts" }, away, back));

  const choose = (name, label) => {
    const select = h("select", { class: "ck-select", on: { change: () => set(name, select.value) } });
    selects.set(name, select);
    form.append(h("label", { class: "ck-field" }, h("span", {}, label), select));
  };
  const number = (field) => {
    const slider = h("input", { type: "range", min: field.low, max: field.high, step: field.step,
      "aria-label": field.label });
    const box = h("input", { type: "number", step: "any", "aria-label": `${field.label} in ${field.unit}` });
    if (field.bounds.low !== null) box.min = field.bounds.low;
    if (field.bounds.high !== null) box.max = field.bounds.high;
    const unknown = field.may_lack ? h("input", { type: "checkbox" }) : null;
    slider.addEventListener("input", () => { box.value = slider.value; set(field.name, Number(slider.value), false); });
    slider.addEventListener("change", () => set(field.name, Number(slider.value)));
    box.addEventListener("change", () => { if (box.value !== "" && box.checkValidity()) set(field.name, Number(box.value)); });
    unknown?.addEventListener("change", () => set(field.name, unknown.checked ? null : 0));
    fields.set(field.name, { slider, box, unknown });
    form.append(h("div", { class: "ck-field", role: "group", "aria-label": field.label },
      h("span", {}, field.label), slider, h("span", { class: "ck-number" }, box, h("span", {}, field.unit)),
      unknown ? h("label", { class: "ck-unknown" }, unknown, h("span", {}, "not known")) : null));
  };
  const options = (name, list, value) => {
    const select = selects.get(name);
    const shown = JSON.stringify(list);
    if (select.dataset.shown !== shown) {
      select.dataset.shown = shown;
      select.replaceChildren(...list.map((one) => h("option", { value: one.key }, one.label)));
    }
    if (select.value !== value) select.value = value;
  };
  const drawForm = (given) => {
    open.hidden = !given;
    if (!given) { key = null; return; }
    const shape = JSON.stringify(given.fields.map((one) => [one.name, one.low, one.high]));
    if (shape !== built) {
      built = shape;
      form.replaceChildren();
      selects.clear();
      fields.clear();
      choose("kind", "Kind");
      choose("access", "Tier");
      given.fields.forEach(number);
      choose("size", "Resolution");
    }
    if (key !== given.key) waiting = [];
    key = given.key;
    say(title, given.title);
    options("kind", given.kinds, given.kind);
    options("access", given.tiers, given.access);
    options("size", given.sizes, given.size);
    for (const field of given.fields) {
      const { slider, box, unknown } = fields.get(field.name);
      const busy = under || waiting.some((one) => one.name === field.name);
      const shown = field.value ?? 0;
      if (!(busy && document.activeElement === slider)) slider.value = shown;
      if (document.activeElement !== box) box.value = field.value ?? "";
      slider.setAttribute("aria-valuetext", field.value === null ? "not known" : `${field.value} ${field.unit}`);
      if (unknown) {
        unknown.checked = field.value === null;
        slider.disabled = box.disabled = unknown.checked;
      }
    }
    const words = JSON.stringify(given.notes);
    if (notes.dataset.shown !== words) {
      notes.dataset.shown = words;
      notes.replaceChildren(...given.notes.map((one) => h("p", { class: "ck-note" }, one)));
    }
    say(assumed, given.assumed);
    assumed.hidden = !given.assumed;
    say(away, given.is_new ? "Remove" : "Take away");
    back.hidden = given.is_new;
  };

  // Numbers before and after.
  const numbers = h("div", { class: "ck-before-after" });
  const spoken = h("p", { class: "ck-aside", "aria-live": "polite" });
  const gaps = h("div", { class: "ck-changed-gaps" });
  const told = h("div", { class: "ck-tried-told" });
  const arrow = (sign) => (sign > 0 ? "▲ " : sign < 0 ? "▼ " : "");
  const drawLive = () => {
    const live = model.get("live");
    if (live.answered >= under) { under = 0; next(); }
    drawForm(live.form);
    const lines = live.lines ?? [];
    numbers.replaceChildren(...(lines.length ? [h("table", { class: "ck-small-table" },
      h("caption", {}, "What changes"),
      h("thead", {}, h("tr", {}, ["", "Before", "After", "Difference"].map((cell) => (cell ? h("th", { scope: "col" }, cell) : h("td", {}))))),
      h("tbody", {}, lines.map((line) => h("tr", { "data-line": line.name },
        h("th", { scope: "row" }, line.title, h("small", { class: "ck-of" }, line.of)),
        h("td", {}, line.before), h("td", {}, line.after),
        h("td", { class: line.sign > 0 ? "ck-more" : line.sign < 0 ? "ck-less" : "" },
          arrow(line.sign), line.difference)))))] : []));
    say(spoken, live.spoken);
    const rows = live.gaps ?? [];
    gaps.replaceChildren(...(rows.length ? [h("h3", {}, "Gaps that shrink or grow"),
      h("ul", {}, rows.map((row) => h("li", {},
        row.row < 0 ? h("b", {}, row.name) : h("button", { type: "button", class: "ck-link",
          on: { click: () => send("gap", { row: row.row }) } }, row.name),
        h("span", { class: "ck-caption" }, row.parts.join("; ")))))] : []));
    told.replaceChildren(...(live.told ?? []).map((one) => h("p", { class: "ck-caption" }, one)));
  };

  // What is changed.
  const changes = h("ul", { class: "ck-changes" });
  const changesHead = h("h3", {}, "Changes");

  // Scenarios.
  const name = h("input", { type: "text", maxlength: "80", class: "ck-text", "aria-label": "Name of the scenario", placeholder: "Name" });
  const note = h("textarea", { maxlength: "2000", rows: "2", class: "ck-text", "aria-label": "Note on the scenario", placeholder: "Note" });
  const save = h("button", { type: "submit", class: "ck-button" }, "Save");
  const unsaved = h("span", { class: "ck-caption" }, "");
  const refusal = (id) => h("p", { class: "ck-note ck-refused", role: "alert", id, hidden: true });
  const refused = refusal("ck-name-refused");
  const saving = h("form", { class: "ck-saving", on: { submit: (event) => {
    event.preventDefault();
    send("save", { name: name.value, note: note.value });
  } } }, name, refused, note, h("p", { class: "ck-acts" }, save, unsaved));
  name.addEventListener("input", () => { refused.hidden = true; name.removeAttribute("aria-invalid"); });
  const confirmWords = h("p", {});
  const yes = h("button", { type: "button", class: "ck-button", on: { click: () => send("yes") } }, "Yes");
  const no = h("button", { type: "button", class: "ck-button", on: { click: () => send("no") } }, "Cancel");
  const confirm = h("div", { class: "ck-note ck-confirm", role: "alertdialog", "aria-label": "Please confirm", hidden: true,
    on: { keydown: (event) => { if (event.key === "Escape") { event.stopPropagation(); send("no"); } } } },
    confirmWords, h("p", { class: "ck-acts" }, yes, no));
  const status = h("p", { class: "ck-caption", role: "status" });
  const list = h("ul", { class: "ck-scenarios" });
  let renaming = null;
  let typed = "";
  const wrongNow = (row) => (model.get("state").refused?.key === row.key && renaming === row.key ? model.get("state").refused.words : "");
  const scenario = (row) => {
    if (row.fault) return h("li", {}, h("b", {}, row.name), h("span", { class: "ck-caption" }, row.fault));
    const given = h("input", { type: "text", maxlength: "80", class: "ck-text", value: wrongNow(row) ? typed : row.name, "aria-label": `New name of ${row.name}`,
      "aria-invalid": wrongNow(row) ? "true" : null });
    const keep = () => { renaming = null; typed = given.value; send("rename", { key: row.key, name: given.value }); };
    given.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); keep(); }
      if (event.key === "Escape") { event.stopPropagation(); renaming = null; draw(); }
    });
    const facts = [row.count, row.when, row.user].filter(Boolean).join(", ");
    return h("li", { class: row.is_open ? "ck-chosen" : "" },
      renaming === row.key ? given : h("b", {}, row.name),
      wrongNow(row) ? h("p", { class: "ck-note ck-refused", role: "alert" }, wrongNow(row)) : null,
      h("span", { class: "ck-caption" }, facts),
      row.note ? h("span", { class: "ck-caption" }, row.note) : null,
      row.told ? h("span", { class: "ck-caption" }, row.told) : null,
      h("span", { class: "ck-acts" },
        renaming === row.key ? h("button", { type: "button", class: "ck-button", on: { click: keep } }, "Keep this name") : null,
        h("button", { type: "button", class: "ck-button", "aria-label": `Open ${row.name}`, on: { click: () => send("open", { key: row.key }) } }, "Open"),
        h("button", { type: "button", class: "ck-button", "aria-label": `Rename ${row.name}`,
          on: { click: () => { renaming = row.key; draw(); list.querySelector("input")?.select(); } } }, "Rename"),
        h("button", { type: "button", class: "ck-button", "aria-label": `Delete ${row.name}`, on: { click: () => send("delete", { key: row.key }) } }, "Delete")));
  };

  // While another tool is in hand: what is tried is not drawn, but not forgotten either.
  const trialWords = h("span", { class: "ck-grow" });
  const trial = h("p", { class: "ck-trial ck-note", role: "status", hidden: true }, trialWords,
    button("Show", "show", { title: "Show it on the map (W)" }), button("Stop", "clear", { title: "Try nothing any more; Undo brings it back" }));
  const drawTrial = (state, count) => {
    trial.hidden = !count;
    const what = state.name ? `\u201c${state.name}\u201d${state.is_saved ? "" : ", not saved"}:` : "a plan that is not saved:";
    say(trialWords, count ? `Trying ${what} ${count} change${count === 1 ? "" : "s"}. Map and numbers are those of today.` : "");
  };

  el.append(trial,
    h("header", { class: "ck-bar-head" }, h("h2", {}, "What if")),
    h("p", { class: "ck-acts" }, add, undo, redo, clear), hint, adding,
    numbers, spoken, open, gaps, told, changesHead, changes,
    h("h3", {}, "Scenarios"), saving, confirm, status, list);

  listen(document, "keydown", (event) => {
    if (typing(event) || !document.body.dataset.voila || document.querySelector("dialog[open]")) return;
    if ((event.ctrlKey || event.metaKey) && event.shiftKey && event.key.toLowerCase() === "z" && !redo.disabled) {
      event.preventDefault();
      send("redo");
    }
  });
  // Escape closes the form, or ends adding; the next one leaves the tool.
  listen(document, "keydown", (event) => {
    if (event.key !== "Escape" || (open.hidden && adding.hidden) || appOf(el)?.dataset.mode !== "whatif") return;
    const inside = open.contains(event.target);
    if ((typing(event) && !inside) || confirm.contains(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    send(adding.hidden ? "close" : "cancel");
    if (inside) add.focus();
  }, true);
  const bus = { addEventListener: (type, handler) => model.on(type, handler), removeEventListener: (type, handler) => model.off(type, handler) };
  listen(bus, "change:live", drawLive);
  listen(bus, "msg:custom", (message) => {
    if (message?.event === "focus") requestAnimationFrame(() => selects.get(message.name)?.focus());
  });

  let shownName = null;
  let lastRefused = "null";
  let wasAsked = false;
  const draw = () => {
    const state = model.get("state");
    sayHow(hint, state.hint);
    adding.hidden = !state.adding;
    if (state.adding && !addKind.options.length) {
      addKind.append(...(state.kinds ?? []).map((one) => h("option", { value: one.key }, one.label)));
    }
    if (state.kind) addKind.value = state.kind;
    add.setAttribute("aria-pressed", String(Boolean(state.adding)));
    undo.disabled = !state.can_undo;
    redo.disabled = !state.can_redo;
    const rows = state.changes ?? [];
    clear.disabled = !rows.length;
    drawTrial(state, rows.length);
    changesHead.hidden = !rows.length;
    changes.replaceChildren(...rows.map((row) => h("li", { class: row.key === state.chosen ? "ck-chosen" : "" },
      h("button", { type: "button", class: "ck-link", on: { click: () => { send("choose", { key: row.key }); send("fly", { key: row.key }); } } }, row.title),
      h("span", { class: "ck-caption" }, row.what),
      h("button", { type: "button", class: "ck-button", "aria-label": `Put back: ${row.title}`, on: { click: () => send("drop", { key: row.key }) } }, "Put back"))));
    const wrong = state.refused;
    const refusedNow = JSON.stringify(wrong ?? null);
    if (refusedNow !== lastRefused) {
      lastRefused = refusedNow;
      const here = Boolean(wrong) && !wrong.key;
      say(refused, here ? wrong.words : "");
      refused.hidden = !here;
      if (here) { name.setAttribute("aria-invalid", "true"); name.setAttribute("aria-describedby", refused.id); name.focus(); }
      else { name.removeAttribute("aria-invalid"); name.removeAttribute("aria-describedby"); }
      if (wrong?.key) renaming = wrong.key;
    }
    if (state.name !== shownName) { shownName = state.name; name.value = state.name ?? ""; note.value = state.note ?? ""; }
    save.disabled = !rows.length || state.may_save === false;
    say(unsaved, state.may_save === false ? "Your role may not save." : rows.length && !state.is_saved ? "Not saved yet." : "");
    confirm.hidden = !state.confirm;
    say(confirmWords, state.confirm?.words);
    say(yes, state.confirm?.yes ?? "Yes");
    if (state.confirm && !wasAsked) requestAnimationFrame(() => no.focus());
    wasAsked = Boolean(state.confirm);
    say(status, state.status);
    const known = JSON.stringify([state.scenarios, renaming, renaming && wrong]);
    if (list.dataset.shown !== known) {
      list.dataset.shown = known;
      list.replaceChildren(...(state.scenarios?.length ? state.scenarios.map(scenario)
        : [h("li", { class: "ck-caption" }, "None is saved in this study yet.")]));
    }
  };
  drawLive();
  return draw;
});
