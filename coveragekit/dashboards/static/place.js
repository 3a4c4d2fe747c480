// One place: which cameras see it, and why the others do not.
export default component(({ el, send, listen }) => {
  const title = h("h2", {}, "");
  const close = iconButton(ICONS.close, "Close", () => send("close"));
  const words = h("p", { class: "ck-caption", role: "status" });
  const list = h("ul", { class: "ck-reasons" });
  const more = h("p", { class: "ck-caption" });
  const ask = h("button", { type: "button", class: "ck-button",
    "aria-label": "Explain the middle of the map", title: "Explain the middle of the map (E)",
    on: { click: () => send("explain") } }, "Explain middle");
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "What sees this place");
  const head = h("header", { class: "ck-bar-head" }, title, h("span", { class: "ck-grow" }), ask, close);
  el.append(head, words, list, more);
  let status = "idle";

  listen(document, "keydown", (event) => {
    if (typing(event) || !document.body.dataset.voila || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && status !== "idle") send("close");
    if (event.key.toLowerCase() === "e" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      send("explain");
    }
  });

  return (state) => {
    if (state.status === "busy" && status !== "busy") showTab(el, "place");
    status = state.status;
    el.classList.toggle("ck-active", status !== "idle");
    el.setAttribute("aria-busy", String(status === "busy"));
    say(title, state.title);
    say(words, state.words);
    say(more, state.more);
    close.hidden = status === "idle";
    list.replaceChildren(...state.rows.map((row) => h("li", { class: row.sees ? "ck-yes" : "ck-no" },
      h("span", { class: "ck-mark", drawing: row.svg }),
      h("span", {}, h("b", {}, row.name), h("span", { class: "ck-reason" }, row.reason)),
      h("span", { class: "ck-verdict" }, row.verdict))));
  };
});
