// What stands over a docked picture: whose it is, what for, and a way to close it.
export default component(({ el, send }) => {
  const title = h("h2");
  const words = h("small");
  const close = iconButton(ICONS.close, "Close the live picture", () => { close.disabled = true; send("close"); });
  el.append(h("header", { class: "ck-bar-head" }, title, words, h("span", { class: "ck-grow" }), close));
  requestAnimationFrame(() => {
    const item = el.closest(".ck-docked");
    if (!item) return;
    showTab(item, "place");
    scrollRail(item);
  });
  return (state) => {
    say(title, state.title);
    say(words, state.words);
    close.setAttribute("aria-label", `Close the live picture of ${state.title}`);
  };
});
