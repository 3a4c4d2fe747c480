// Whether the cameras are where the harm is, and which of them matter most.
export default component(({ el, send }) => {
  const sentence = h("p", { class: "ck-sentence" });
  const tables = h("div", {});
  const behind = h("details", { class: "ck-more" }, h("summary", {}, "Show as table, by category"), tables);
  const basis = basisOf("Are the cameras where the harm is");
  const costs = basisOf("Most important cameras");
  const cameras = h("div", {}, h("div", { class: "ck-said" },
    h("h3", {}, "Most important cameras, by what an outage costs"), costs.info), costs.words);
  const list = h("ol", { class: "ck-worth-list" });
  const note = h("p", { class: "ck-caption" });
  cameras.append(list, note);
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Worth of the cameras");
  el.append(h("div", { class: "ck-said" }, h("h2", {}, "Are the cameras where the harm is?"), basis.info),
    sentence, basis.words, behind, cameras);

  return (state) => {
    el.hidden = !state.sentence && !state.cameras.length;
    el.querySelector("h2").textContent = state.sentence
      ? "Are the cameras where the harm is?" : "Which cameras matter most?";
    say(sentence, state.sentence);
    sentence.hidden = !state.sentence;
    basis.update(state.basis);
    costs.update(state.cameras_basis);
    tables.replaceChildren(...state.tables.map(smallTable));
    behind.hidden = !state.tables.length;
    list.replaceChildren(...state.cameras.map((camera) => h("li", {},
      h("button", { type: "button", on: { click: () => send("camera", { key: camera.key }) } },
        h("b", {}, camera.name), h("span", { class: "ck-reason" }, camera.cost)))));
    cameras.hidden = !state.cameras.length;
    say(note, state.cameras_note);
  };
});
