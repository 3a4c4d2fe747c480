// One camera as a widget; it stands behind player.js, whose startPlayer it calls.
function render({ model, el }) {
  const said = () => ({ name: model.get("name"), note: model.get("note") });
  const player = startPlayer(el, { send: (what) => model.send(what), ...said() });
  const tell = () => player.tell(said());
  const hear = (head, parts) => player.hear(head, parts);
  model.on("msg:custom", hear);
  model.on("change:name change:note", tell);
  return () => {
    model.off("msg:custom", hear);
    model.off("change:name change:note", tell);
    player.end();
  };
}
export default { render };
