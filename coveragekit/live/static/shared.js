// One camera by the line of a Jupyter server; it stands behind player.js, whose
// startPlayer it calls. The kernel says which camera and what for, and no more.
const PATH = "coveragekit/feeds", KERNEL_MS = 8000, FIRST_MS = 1000, MOST_MS = 30000;
const CLOSED_BY_RULE = 1008;
const ABSENT = "this server shares no cameras: it is no Jupyter server with coveragekit's " +
  "extension, or nobody has enabled that (coveragekit.server.jupyter_looks); a Preview " +
  "shows the camera without it";
const LOST = "the line to the server was lost; trying again";
const SILENT = "the notebook's kernel does not answer; run the cell again";

const baseUrl = () => {
  const told = document.getElementById("jupyter-config-data")?.textContent;
  const base = told ? JSON.parse(told).baseUrl ?? "/" : "/";
  return new URL(base.endsWith("/") ? base : `${base}/`, location.href);
};

// Four bytes that say how long the JSON text is, the text, and the buffers behind it.
const unpacked = (message) => {
  const ends = 4 + new DataView(message).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(message, 4, ends - 4)));
  let place = ends;
  const parts = head.sizes.map((size) => {
    place += size;
    return new Uint8Array(message, place - size, size);
  });
  return [head, parts];
};

// Says why cameras are not shared with this page, and whether that lasts; else nothing.
async function whyNot() {
  let answer, told = null;
  try { answer = await fetch(new URL(PATH, baseUrl()), { credentials: "same-origin" }); }
  catch { return { words: LOST, lasts: false }; }
  try { told = await answer.json(); }
  catch { return answer.status >= 500 ? { words: LOST, lasts: false } : { words: ABSENT, lasts: true }; }
  if (answer.ok && told.user) return null;
  if (answer.status === 404 || !told.message) return { words: ABSENT, lasts: true };
  return { words: told.message, lasts: answer.status < 500 };
}

// A line that is open while the player watches; `send` takes what the player says.
function startLine(wish, hear) {
  let socket = null, wanted = null, tries = 0, timer = 0, turn = 0;
  const tell = (state, words) => hear({ kind: "state", state, words, fault: "" }, []);
  const drop = () => {
    turn += 1;
    clearTimeout(timer);
    socket?.close();
    socket = null;
  };
  const again = (words) => {
    drop();
    tell("offline", words);
    const most = Math.min(MOST_MS, FIRST_MS * 2 ** tries++);
    timer = setTimeout(open, most * (0.5 + Math.random() / 2));
  };
  const ended = (words) => { wanted = null; drop(); tell("refused", words); };
  const begin = () => socket.send(JSON.stringify({ ...wish, ...wanted }));

  async function open() {
    const mine = ++turn;
    clearTimeout(timer);
    const why = await whyNot();
    if (mine !== turn) return;
    if (why) return why.lasts ? ended(why.words) : again(why.words);
    const url = new URL(`${PATH}/line`, baseUrl());
    url.protocol = url.protocol.replace("http", "ws");
    const one = socket = new WebSocket(url);
    one.binaryType = "arraybuffer";
    one.onopen = () => { if (one === socket) begin(); };
    one.onmessage = ({ data }) => {
      if (one !== socket) return;
      tries = 0;
      const [head, parts] = unpacked(data);
      if (head.state === "refused") { wanted = null; drop(); }
      hear(head, parts);
    };
    one.onclose = ({ code, reason }) => {
      if (one === socket) code === CLOSED_BY_RULE ? ended(reason) : again(LOST);
    };
  }
  return (what) => {
    if (what.form) { // to watch, or to look back
      wanted = what;
      if (socket?.readyState === WebSocket.OPEN) begin();
      else if (!socket) open();
    } else if (what.kind === "rest") {
      wanted = null;
      drop();
    } else if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(what));
  };
}

function render({ model, el }) {
  let send = null, asked = null;
  const say = (what) => {
    if (send) return send(what);
    if (what.form) asked = what;
    if (what.kind === "rest") asked = null;
  };
  const player = startPlayer(el, { send: say, note: model.get("note") });
  const hear = (head) => {
    if (head.kind !== "wish" || send) return;
    clearTimeout(silence);
    send = startLine(head.wish, player.hear);
    if (asked) send(asked);
  };
  const silence = setTimeout(
    () => player.hear({ kind: "state", state: "offline", words: SILENT }, []), KERNEL_MS);
  const tell = () => player.tell({ note: model.get("note") });
  model.on("msg:custom", hear);
  model.on("change:note", tell);
  model.send({ kind: "hello" });
  return () => {
    clearTimeout(silence);
    model.off("msg:custom", hear);
    model.off("change:note", tell);
    player.end();
  };
}
export default { render };
