// What is lit up: views, gaps, rays, the place, the chosen camera and the walked one.
const hatched = (context, colour) => {
  const tile = Object.assign(document.createElement("canvas"), { width: 8, height: 8 });
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = 1.4;
  for (const from of [-8, 0, 8]) { pen.moveTo(from, 8); pen.lineTo(from + 8, 0); }
  pen.stroke();
  return context.createPattern(tile, "repeat");
};
const SHAPE_LOOKS = {
  view: { fill: "accent", fillAlpha: 0.14, line: "accent", width: 2 },
  "view-unknown": { fill: "accent", fillAlpha: 0.06, line: "accent", width: 2, dash: [5, 4] },
  gap: { hatch: "gap", line: "accent", width: 3 },
  chosen: { line: "accent", width: 3 },
  area: { line: "quiet", width: 1.5, dash: [6, 3] },
  gain: { fill: "accent", fillAlpha: 0.22, line: "accent", width: 1.5 },
  loss: { hatch: "gap", line: "gap", width: 1.5, dash: [4, 3] },
  polygon: { fill: "accent", fillAlpha: 0.05, line: "accent", width: 2, dash: [8, 4] },
  ghost: { fill: "accent", fillAlpha: 0.2, line: "accent", width: 2, dash: [6, 3] },
};

class MarkSheet {
  constructor(city) {
    this.city = city;
    this.marks = { camera: null, place: null, rays: [], shapes: [] };
    this.walked = null; // the camera that the keyboard stands on
    this.extras = []; // others that draw on this sheet: (pen) => void
    this.sheet = new city.Sheet((context, view) => this.draw(context, view), { pane: "ck-marks" });
    this.sheet.addTo(city.map);
  }

  update(marks) {
    this.marks = { ...marks, shapes: (marks.shapes ?? []).map((shape) => ({ look: shape.look, rings: ringsOf(shape) })) };
    this.redraw();
  }

  redraw() { this.sheet.redraw(); }

  draw(context, view) {
    const pen = this.penOn(context, view);
    for (const { look, rings } of this.marks.shapes) pen.shape(rings, look);
    this.extras.forEach((extra) => extra(pen));
    this.drawRays(context, pen);
    const { cloud } = this.city;
    if (this.marks.camera !== null && this.marks.camera < cloud.count) pen.ring(cloud, this.marks.camera, 14, 3, []);
    if (this.walked !== null && this.walked < cloud.count) pen.ring(cloud, this.walked, 17, 2, [4, 3]);
  }

  penOn(context, view) {
    const { colours } = this.city;
    const at = (x, y) => [x * view.scale - view.x, y * view.scale - view.y];
    const stroke = (colour, width, dash = []) => {
      context.setLineDash(dash);
      context.lineWidth = width;
      context.strokeStyle = colour;
    };
    const shape = (rings, name) => {
      const look = SHAPE_LOOKS[name] ?? SHAPE_LOOKS.chosen;
      const path = new Path2D();
      for (const ring of rings) {
        for (let i = 0; i < ring.length; i += 2) {
          const [x, y] = at(ring[i], ring[i + 1]);
          if (i) path.lineTo(x, y); else path.moveTo(x, y);
        }
        path.closePath();
      }
      context.save();
      if (look.fill || look.hatch) {
        context.globalAlpha = look.fillAlpha ?? 1;
        context.fillStyle = look.fill ? colours[look.fill] : hatched(context, colours[look.hatch]);
        context.fill(path, "evenodd");
        context.globalAlpha = 1;
      }
      stroke(colours[look.line], look.width, look.dash);
      context.stroke(path);
      context.restore();
    };
    const ring = (cloud, row, radius, width, dash) => {
      const [x, y] = at(cloud.x[row], cloud.y[row]);
      context.save();
      for (const [colour, wide, dashes] of [[colours.halo, width + 3, []], [colours.accent, width, dash]]) {
        stroke(colour, wide, dashes);
        context.beginPath();
        context.arc(x, y, radius, 0, 2 * Math.PI);
        context.stroke();
      }
      context.restore();
    };
    const line = (from, to, colour, width, dash) => {
      context.save();
      stroke(colour, width, dash);
      context.beginPath();
      context.moveTo(...at(...from));
      context.lineTo(...at(...to));
      context.stroke();
      context.restore();
    };
    return { context, view, colours, at, shape, ring, line };
  }

  drawRays(context, pen) {
    const { place, rays } = this.marks;
    if (!place) return;
    const { colours } = this.city;
    const here = mercOf(...place);
    for (const [lon, lat, sees] of rays ?? []) {
      const eye = mercOf(lon, lat);
      if (sees) pen.line(eye, here, colours.accent, 2.2, []);
      else pen.line(eye, here, colours.quiet, 1.3, [3, 5]);
    }
    const [x, y] = pen.at(...here);
    context.fillStyle = colours.panel;
    context.strokeStyle = colours.accent;
    context.lineWidth = 3;
    context.setLineDash([]);
    context.beginPath();
    context.arc(x, y, 6, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}
