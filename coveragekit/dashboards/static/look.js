// What the card says of live pictures, and the dialog that asks what for.
const FIELDS = {
  case_number: ["Case or call number", "such as 26-0417"],
  offence: ["Offence", "NIBRS code such as 120, or its name"],
};
let looksAsked = 0;

const lookPart = (send) => {
  const button = h("button", { type: "button", class: "ck-button ck-look", hidden: true, on: { click: () => open() } }, "Look live");
  const words = h("p", { class: "ck-look-words", hidden: true });
  const about = h("h3");
  const note = h("p", { class: "ck-look-note" });
  const purpose = h("select", { class: "ck-select", id: "ck-look-purpose", on: { change: () => fit() } });
  const fields = Object.fromEntries(Object.entries(FIELDS).map(([name, [label, hint]]) => {
    const input = h("input", { id: `ck-look-${name}`, type: "text", autocomplete: "off", spellcheck: "false", maxlength: 60,
      "aria-describedby": `ck-look-${name}-hint ck-look-fault`, on: { input: () => input.removeAttribute("aria-invalid") } });
    const row = h("p", { class: "ck-look-row" }, h("label", { for: input.id }, label), input, h("small", { id: `${input.id}-hint` }, hint));
    return [name, { input, row, label }];
  }));
  const emergency = h("input", { type: "checkbox", id: "ck-look-emergency", on: { change: () => fit() } });
  const urgent = h("label", { class: "ck-look-check", for: emergency.id }, emergency,
    h("span", {}, "Emergency: without these, and reviewed by a supervisor afterwards"));
  const fault = h("p", { class: "ck-look-fault", id: "ck-look-fault", role: "alert" });
  const go = h("button", { type: "submit", class: "ck-button ck-main" }, "Look");
  const form = h("form", { novalidate: true, on: { submit: (event) => { event.preventDefault(); ask(); } } },
    about, note,
    h("p", { class: "ck-look-row" }, h("label", { for: purpose.id }, "What for"), purpose),
    ...Object.values(fields).map(({ row }) => row), urgent, fault,
    h("p", { class: "ck-acts" }, go,
      h("button", { type: "button", class: "ck-button", on: { click: () => dialog.close() } }, "Cancel")));
  const dialog = h("dialog", { class: "ck-dialog ck-look-dialog", "aria-labelledby": "ck-look-about" }, form);
  about.id = "ck-look-about";
  let live = { status: "off" };
  let asked = 0;

  const chosen = () => (live.purposes ?? []).find(({ code }) => code === purpose.value);
  const demanded = () => {
    const lifted = emergency.checked && !urgent.hidden ? live.lifted : [];
    return (chosen()?.demands ?? []).filter((name) => !lifted.includes(name));
  };
  // Only what this purpose demands is asked for.
  const fit = () => {
    const demands = chosen()?.demands ?? [];
    urgent.hidden = !demands.some((name) => (live.lifted ?? []).includes(name));
    const now = demanded();
    for (const [name, { input, row }] of Object.entries(fields)) {
      row.hidden = !demands.includes(name);
      input.required = now.includes(name);
    }
    say(fault, "");
  };
  const blame = (names, text) => {
    say(fault, text);
    for (const [name, { input }] of Object.entries(fields)) {
      if (names.includes(name)) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    (fields[names[0]]?.input ?? purpose).focus();
  };
  const busy = (is) => { go.disabled = is; say(go, is ? "Opening" : "Look"); };

  function open() {
    fit();
    busy(false);
    dialog.showModal();
  }
  function ask() {
    const missing = demanded().filter((name) => !fields[name].input.value.trim());
    if (missing.length) {
      blame(missing, `Give the ${missing.map((name) => fields[name].label.toLowerCase()).join(" and the ")}.`);
      return;
    }
    const told = Object.fromEntries(Object.entries(fields).map(([name, { input, row }]) => [name, row.hidden ? "" : input.value.trim()]));
    asked = looksAsked += 1;
    busy(true);
    send("look", { ask: asked, purpose: purpose.value, ...told, emergency: emergency.checked && !urgent.hidden });
  }

  const update = (said, title) => {
    live = said ?? { status: "off" };
    button.hidden = live.status !== "may";
    say(words, live.status === "not" ? live.words : "");
    words.hidden = !words.textContent;
    if (live.status !== "may") { if (dialog.open) dialog.close(); return; }
    say(about, `Look live: ${title}`);
    say(note, live.note);
    const codes = live.purposes.map(({ code }) => code).join();
    if (purpose.dataset.codes !== codes) {
      purpose.dataset.codes = codes;
      purpose.replaceChildren(...live.purposes.map(({ code, label }) => h("option", { value: code }, label)));
      fit();
    }
    const answer = live.answer;
    if (!dialog.open || !answer || answer.ask !== asked || answer.status === "opening") return;
    busy(false);
    if (answer.status === "docked") dialog.close();
    else if (fault.textContent === "") blame(answer.lacks, `${answer.words[0].toUpperCase()}${answer.words.slice(1)}.`);
  };
  return { nodes: [h("p", { class: "ck-look-line" }, button, words), dialog], update };
};
