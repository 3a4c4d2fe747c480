// One place: which cameras see it, and why the others do not.
export default component(({ model, el, send, listen }) => {
  const title = h("h2", {}, "");
  const close = iconButton(ICONS.close, "Close", () => send("close"));
  const words = h("p", { class: "ck-caption", role: "status" });
  const list = h("ul", { class: "ck-reasons" });
  const more = h("p", { class: "ck-caption" });
  const hint = h("p", { class: "ck-caption", hidden: true }, "Choose a camera to see the proof drawn.");
  const ask = h("button", { type: "button", class: "ck-button",
    "aria-label": "Explain the middle of the map", title: "Explain the middle of the map (E)",
    on: { click: () => send("explain") } }, "Explain middle");
  // The drawing is a picture, so that no name in it can be markup of this page.
  const picture = h("img", { class: "ck-proof", alt: "" });
  const saves = ["svg", "png"].map((kind) => h("button", { type: "button", class: "ck-button",
    on: { click: () => send("file", { kind }) } }, `Save as ${kind.toUpperCase()}`));
  const drawing = h("div", { class: "ck-proof-box", hidden: true },
    picture, h("p", { class: "ck-jumps" }, saves));
  const progress = h("p", { class: "ck-caption", role: "status" });
  model.on("msg:custom", (message) => {
    if (message.event !== "file") return;
    const bytes = Uint8Array.from(atob(message.content), (letter) => letter.charCodeAt(0));
    const url = URL.createObjectURL(new Blob([bytes], { type: message.type }));
    h("a", { href: url, download: message.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  });
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "What sees this place");
  const head = h("header", { class: "ck-bar-head" }, title, h("span", { class: "ck-grow" }), ask, close);
  el.append(head, words, hint, list, more, progress, drawing);
  let status = "idle";
  let known = "";
  let waiting = 0;

  // Only as far as tells that there is a drawing: the list stays under the pointer.
  const reveal = () => {
    const rail = el.parentElement;
    const hidden = drawing.getBoundingClientRect().top + 220 - rail.getBoundingClientRect().bottom;
    if (hidden > 0) rail.scrollBy(0, hidden);
  };

  // A drawing that is there in less than a second needs no progress.
  const prove = (proof) => {
    clearTimeout(waiting);
    say(progress, "");
    if (proof.status === "busy") waiting = setTimeout(() => say(progress, "Drawing the proof"), 700);
    const isNew = proof.status === "done" && drawing.hidden;
    drawing.hidden = proof.status !== "done";
    if (isNew) requestAnimationFrame(reveal);
    if (proof.url) { picture.src = proof.url; picture.alt = proof.words; } else picture.removeAttribute("src");
    for (const button of list.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.key === proof.key));
    }
  };

  listen(document, "keydown", (event) => {
    if (typing(event) || !document.body.dataset.voila || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && status !== "idle") send("close");
    if (event.key.toLowerCase() === "e" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      send("explain");
    }
  });

  return (state) => {
    if (state.status === "busy" && status !== "busy") {
      showTab(el, "place");
      scrollRail(el);
    }
    status = state.status;
    el.classList.toggle("ck-active", status !== "idle");
    el.setAttribute("aria-busy", String(status === "busy"));
    say(title, state.title);
    sayHow(words, state.words);
    say(more, state.more);
    close.hidden = status === "idle";
    const fresh = JSON.stringify(state.rows);
    if (fresh !== known) { // else keep the focus
      known = fresh;
      list.replaceChildren(...state.rows.map((row) => h("li", { class: row.sees ? "ck-yes" : "ck-no" },
        h("button", { type: "button", "data-key": row.key, "aria-pressed": "false",
          title: "Draw why", on: { click: () => send("proof", { key: row.key }) } },
        h("span", { class: "ck-mark", drawing: row.svg }),
        h("span", {}, h("b", {}, row.name), h("span", { class: "ck-reason" }, row.reason)),
        h("span", { class: "ck-verdict" }, row.verdict)))));
    }
    hint.hidden = !state.rows.length || state.proof.status !== "none";
    prove(state.proof);
  };
});
