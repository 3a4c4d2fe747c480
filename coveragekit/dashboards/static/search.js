// Find a camera, gap, street or area by its name; a list that the arrow keys walk.
const KIND_WORDS = { camera: "Camera", gap: "Gap", street: "Street", area: "Area", water: "Water" };

const searchBox = ({ el, send, listen }) => {
  const id = `ck-find-${Math.random().toString(36).slice(2)}`;
  const list = h("ul", { class: "ck-found", role: "listbox", id: `${id}-list`, "aria-label": "Found by name", hidden: true });
  const none = h("p", { class: "ck-found ck-found-none", hidden: true });
  const told = h("span", { class: "ck-aside", role: "status" });
  let rows = [];
  let at = -1;
  let waiting = 0;
  let asked = "";

  const input = h("input", { type: "search", class: "ck-find", id, role: "combobox", autocomplete: "off",
    spellcheck: "false", "aria-label": "Find a camera, gap, street or area", placeholder: "Find by name",
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-list`,
    on: {
      input: () => {
        clearTimeout(waiting);
        if (!waiting) untaken(1);
        waiting = setTimeout(() => { waiting = 0; ask(); untaken(-1); }, 120);
      },
      focus: () => { if (input.value.trim() && rows.length) open(true); },
      keydown: (event) => {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
          event.preventDefault();
          move(event.key === "ArrowDown" ? 1 : -1);
        } else if (event.key === "Enter" && rows.length) {
          event.preventDefault();
          choose(Math.max(at, 0));
        } else if (event.key === "Escape") {
          event.stopPropagation();
          close(true);
        }
      },
    } });
  const box = h("div", { class: "ck-search", role: "search" }, input, told);
  listen(document, "pointerdown", (event) => {
    if (!box.contains(event.target) && !list.contains(event.target)) open(false);
  });
  listen(box, "focusout", (event) => {
    if (!box.contains(event.relatedTarget) && !list.contains(event.relatedTarget)) setTimeout(() => open(false), 150);
  });

  const ask = () => {
    asked = input.value.trim();
    if (asked) send("find", { text: asked });
    else { rows = []; draw(); }
  };
  // Below its box where there is room, else across the page.
  const place = () => {
    const page = list.parentElement?.getBoundingClientRect();
    const own = input.getBoundingClientRect();
    if (!page) return;
    const wide = Math.min(440, page.width - 16);
    const left = Math.max(8, Math.min(own.left - page.left, page.width - wide - 8));
    for (const node of [list, none]) { node.style.left = `${left}px`; node.style.width = `${wide}px`; }
  };
  const open = (is) => {
    if (is) place();
    list.hidden = !is || !rows.length;
    none.hidden = !is || rows.length > 0 || !asked;
    input.setAttribute("aria-expanded", String(!list.hidden));
    if (!is) { at = -1; input.removeAttribute("aria-activedescendant"); }
  };
  const close = (empty) => {
    if (empty) { input.value = ""; asked = ""; rows = []; draw(); }
    open(false);
    input.blur();
    el.classList.remove("ck-searching");
  };
  const move = (step) => {
    if (!rows.length) return;
    open(true);
    at = (at + step + rows.length) % rows.length;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    list.children[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", list.children[at].id);
  };
  const choose = (i) => {
    const { kind, index } = rows[i];
    send("go", { kind, index });
    close(true);
  };
  const draw = () => {
    list.replaceChildren(...rows.map((row, i) => h("li", { role: "option", id: `${id}-${i}`, "aria-selected": "false",
      // The box keeps the focus until the finger is up, or the map below would get the click.
      on: { pointerdown: (event) => event.preventDefault(), mousedown: (event) => event.preventDefault(),
        click: () => choose(i) } },
    h("span", {}, row.name), h("small", {}, KIND_WORDS[row.kind] ?? row.kind))));
    at = -1;
  };
  const found = (message) => {
    if (message.text !== asked) return; // a later letter has been typed
    rows = message.rows;
    draw();
    say(none, `Nothing has a name like \u201c${asked}\u201d.`);
    say(told, rows.length ? `${rows.length} found` : "Nothing found");
    open(document.activeElement === input);
  };
  const start = () => {
    el.classList.add("ck-searching");
    input.focus();
    input.select();
  };
  return { box, list, none, found, start };
};
