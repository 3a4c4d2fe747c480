// The symbols of cameras, drawn once and stamped many times.
const TIERS = [
  { colour: "#0072B2", shape: "disc" }, { colour: "#E69F00", shape: "ring" },
  { colour: "#009E73", shape: "square" }, { colour: "#CC79A7", shape: "diamond" },
];
const OFFLINE = 4;
const UNKNOWN = 8;
const SYMBOL_PX = 24;
const SPECK_PX = 4; // where there are too many for any shape: colour alone, and no halo

const outline = (shape, radius) => {
  const path = new Path2D();
  if (shape === "square") path.rect(12 - radius, 12 - radius, 2 * radius, 2 * radius);
  else if (shape === "diamond") {
    path.moveTo(12, 12 - radius);
    path.lineTo(12 + radius, 12);
    path.lineTo(12, 12 + radius);
    path.lineTo(12 - radius, 12);
    path.closePath();
  } else path.arc(12, 12, radius, 0, 2 * Math.PI);
  return path;
};
const RADII = { disc: [8, 6], ring: [8, 5], square: [7.5, 5.5], diamond: [9.5, 7] };

const drawSpeck = (context, kind) => {
  context.globalAlpha = 0.8;
  context.fillStyle = TIERS[kind & 3].colour;
  context.fill(outline("disc", 10));
};

const drawSymbol = (context, kind, halo) => {
  const { colour, shape } = TIERS[kind & 3];
  const offline = Boolean(kind & OFFLINE);
  const hollow = offline || shape === "ring";
  const [wide, narrow] = RADII[shape];
  context.fillStyle = halo;
  context.fill(outline(shape, wide));
  context.fillStyle = hollow ? halo : colour;
  context.strokeStyle = hollow ? colour : halo;
  context.lineWidth = hollow ? (offline ? 2 : 3.4) : 1.5;
  context.fill(outline(shape, narrow));
  context.stroke(outline(shape, narrow));
  if (offline) {
    for (const [width, tint] of [[5, halo], [2, colour]]) {
      context.lineWidth = width;
      context.strokeStyle = tint;
      context.stroke(new Path2D("M4 20 20 4"));
    }
  }
  if (kind & UNKNOWN) {
    context.setLineDash([3, 2.5]);
    context.lineWidth = 1.5;
    context.strokeStyle = colour;
    context.stroke(outline("disc", 10.5));
    context.setLineDash([]);
  }
};

class Stamps {
  constructor() { this.made = new Map(); }

  // A canvas of `size` CSS pixels a side, sharp at the given ratio.
  symbol(kind, size, ratio, halo) {
    const key = `${kind} ${size} ${ratio} ${halo}`;
    let stamp = this.made.get(key);
    if (!stamp) {
      const side = Math.ceil(size * ratio);
      stamp = Object.assign(document.createElement("canvas"), { width: side, height: side });
      const context = stamp.getContext("2d");
      context.scale(side / SYMBOL_PX, side / SYMBOL_PX);
      if (size <= SPECK_PX) drawSpeck(context, kind); else drawSymbol(context, kind, halo);
      this.made.set(key, stamp);
    }
    return stamp;
  }

  // The same as pixels, for tens of thousands at once.
  pixels(kind, size, ratio, halo) {
    const key = `pixels ${kind} ${size} ${ratio} ${halo}`;
    let stamp = this.made.get(key);
    if (!stamp) {
      const drawn = this.symbol(kind, size, ratio, halo);
      const { data } = drawn.getContext("2d").getImageData(0, 0, drawn.width, drawn.height);
      const words = new Uint32Array(data.buffer);
      const spots = [];
      words.forEach((word, i) => { if (data[4 * i + 3] > 24) spots.push(i); });
      stamp = {
        side: drawn.width,
        dx: Int32Array.from(spots, (i) => i % drawn.width),
        dy: Int32Array.from(spots, (i) => Math.floor(i / drawn.width)),
        words: Uint32Array.from(spots, (i) => words[i]),
        solid: Uint8Array.from(spots, (i) => (data[4 * i + 3] > 200 ? 1 : 0)),
      };
      this.made.set(key, stamp);
    }
    return stamp;
  }
}
