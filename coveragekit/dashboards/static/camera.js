// One camera: what is known of it, and what can be tried with it.
const ACTIONS = [
  ["why", "Why does it see that?", "Explain the place that it looks at"],
  ["move", "Move", "Try it somewhere else, or turned"],
  ["swap", "Swap", "Try another kind of camera in its place"],
  ["remove", "Take away", "See what is lost without it"],
];

export default component(({ el, send, listen }) => {
  const mark = h("span", { class: "ck-mark" });
  const title = h("h2", {}, "");
  const close = iconButton(ICONS.close, "Close", () => send("close"));
  const facts = h("dl", { class: "ck-facts-list" });
  const note = h("p", { class: "ck-note", hidden: true });
  const buttons = ACTIONS.map(([key, label, hint]) => h("button", { type: "button", class: "ck-button", title: hint,
    "data-act": key, on: { click: () => send("act", { act: key }) } }, label));
  const look = lookPart(send);
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Chosen camera");
  el.append(h("header", { class: "ck-bar-head" }, mark, title, h("span", { class: "ck-grow" }), close), ...look.nodes, facts, note,
    h("p", { class: "ck-acts" }, buttons));
  let status = "none";
  let drawn = "";

  listen(document, "keydown", (event) => {
    if (typing(event) || !document.body.dataset.voila || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && status !== "none") send("close");
  });

  return (state) => {
    const fresh = state.status === "done" && (status !== "done" || state.title !== title.textContent);
    status = state.status;
    el.hidden = status === "none";
    if (state.svg !== drawn) { drawn = state.svg; mark.innerHTML = drawn; } // a symbol that the package draws
    say(title, state.title);
    facts.replaceChildren(...state.facts.map(({ name, value }) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
    say(note, state.note);
    note.hidden = !state.note;
    look.update(status === "done" ? state.live : null, state.title);
    // below the pictures that are docked, if there are any
    if (fresh) { showTab(el, "place"); scrollRail(el); }
  };
});
