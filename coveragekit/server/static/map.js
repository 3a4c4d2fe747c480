// A small map of our own: pictures and names from this server, a view, and marks on it.

import { draw, make } from './dom.js';

const TILE = 256;
const LEAST = 12;
const MOST = 20;
const STEPS = 2 ** 30;
const TAP_PX = 8;
const NAMED = 4;

export function toMerc(lon, lat) {
  const sine = Math.asinh(Math.tan((lat * Math.PI) / 180));
  return [(lon + 180) / 360, 0.5 - sine / (2 * Math.PI)];
}

export function toLonLat([x, y]) {
  const lat = Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI));
  return [x * 360 - 180, (lat * 180) / Math.PI];
}

// Units of the unit square that a metre is at a place.
export function perMetre([, y]) {
  const lat = Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI));
  return 1 / (40075016.686 * Math.cos(lat));
}

export class GroundMap {
  constructor(box, { base, words, zoom, middle }) {
    Object.assign(this, { box, base, words, zoom, middle });
    this.tiles = new Map();
    this.names = new Map();
    this.marks = new Set();
    this.view = null;
    this.onTap = null;
    this.ground = make('div', { class: 'ground', 'aria-hidden': 'true' });
    this.path = draw('path', { class: 'seen' });
    this.edge = draw('path', { class: 'edge' });
    this.written = draw('g', { class: 'names' });
    this.over = draw('svg', { class: 'over', 'aria-hidden': 'true' });
    this.over.append(this.path, this.edge, this.written);
    this.front = make('div', { class: 'front' });
    box.append(this.ground, this.over, this.front, this.#buttons());
    this.dark = matchMedia('(prefers-color-scheme: dark)');
    this.dark.addEventListener('change', () => this.#forget());
    new ResizeObserver(() => this.render()).observe(box);
    this.#listen();
    this.render();
  }

  get scale() {
    return TILE * 2 ** this.zoom;
  }

  pixel([x, y]) {
    const { clientWidth: wide, clientHeight: high } = this.box;
    return [
      (x - this.middle[0]) * this.scale + wide / 2,
      (y - this.middle[1]) * this.scale + high / 2,
    ];
  }

  place(across, down) {
    const { clientWidth: wide, clientHeight: high } = this.box;
    return [
      this.middle[0] + (across - wide / 2) / this.scale,
      this.middle[1] + (down - high / 2) / this.scale,
    ];
  }

  at(event) {
    const box = this.box.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  look(middle, zoom = this.zoom) {
    this.middle = middle;
    this.zoom = Math.min(Math.max(zoom, LEAST), MOST);
    this.render();
  }

  // Moves the map so that a place is well inside it.
  hold(merc) {
    const [across, down] = this.pixel(merc);
    const { clientWidth: wide, clientHeight: high } = this.box;
    const inside = across > 48 && across < wide - 48 && down > 48 && down < high - 48;
    if (!inside) this.look(merc);
  }

  // Adds a mark; where gives its place, and it is drawn anew with the map.
  mark(element, where) {
    const mark = { element, where };
    this.marks.add(mark);
    this.front.append(element);
    this.render();
    return mark;
  }

  show(view) {
    this.view = view;
    this.render();
  }

  cone(lines) {
    this.lines = lines;
    this.render();
  }

  #buttons() {
    const nearer = make('button', { type: 'button', 'aria-label': this.words['map.nearer'] }, '+');
    const farther = make('button', { type: 'button', 'aria-label': this.words['map.farther'] }, '\u2212');
    nearer.addEventListener('click', () => this.look(this.#anchor(), this.zoom + 1));
    farther.addEventListener('click', () => this.look(this.#anchor(), this.zoom - 1));
    return make('div', { class: 'zoom' }, nearer, farther);
  }

  #anchor() {
    const [first] = this.marks;
    return first ? first.where() : this.middle;
  }

  zoomAt([across, down], zoom) {
    const held = this.place(across, down);
    this.zoom = Math.min(Math.max(zoom, LEAST), MOST);
    const now = this.place(across, down);
    this.middle = [this.middle[0] + held[0] - now[0], this.middle[1] + held[1] - now[1]];
    this.render();
  }

  #listen() {
    const down = new Map();
    let moved = 0;
    let spread = 0;
    this.box.addEventListener('pointerdown', (event) => {
      if (event.target.closest('button, [role=slider]') || event.button) return;
      this.box.setPointerCapture(event.pointerId);
      down.set(event.pointerId, this.at(event));
      if (down.size === 1) moved = 0;
      spread = apart(down);
    });
    this.box.addEventListener('pointermove', (event) => {
      if (!down.has(event.pointerId)) return;
      const before = down.get(event.pointerId);
      const now = this.at(event);
      down.set(event.pointerId, now);
      moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
      if (down.size === 2) {
        const ratio = apart(down) / Math.max(spread, 1);
        if (ratio > 1.5 || ratio < 0.67) {
          this.zoomAt(between(down), this.zoom + (ratio > 1 ? 1 : -1));
          spread = apart(down);
        }
      } else if (moved > TAP_PX) {
        this.middle = [
          this.middle[0] - (now[0] - before[0]) / this.scale,
          this.middle[1] - (now[1] - before[1]) / this.scale,
        ];
        this.render();
      }
    });
    const up = (event) => {
      const was = down.delete(event.pointerId);
      const tapped = was && !down.size && moved <= TAP_PX && event.type === 'pointerup';
      if (down.size) moved = TAP_PX + 1;
      if (tapped && this.onTap) this.onTap(this.place(...this.at(event)));
    };
    this.box.addEventListener('pointerup', up);
    this.box.addEventListener('pointercancel', up);
    let turned = 0;
    this.box.addEventListener('wheel', (event) => {
      event.preventDefault();
      turned += event.deltaY;
      if (Math.abs(turned) < 60) return;
      this.zoomAt(this.at(event), this.zoom + (turned < 0 ? 1 : -1));
      turned = 0;
    }, { passive: false });
    this.box.addEventListener('keydown', (event) => {
      if (event.key === '+' || event.key === '=') this.look(this.#anchor(), this.zoom + 1);
      else if (event.key === '-') this.look(this.#anchor(), this.zoom - 1);
      else return;
      event.preventDefault();
    });
  }

  #forget() {
    for (const image of this.tiles.values()) image.remove();
    this.tiles.clear();
    this.render();
  }

  render() {
    const { clientWidth: wide, clientHeight: high } = this.box;
    if (!wide || !high) return;
    this.over.setAttribute('viewBox', `0 0 ${wide} ${high}`);
    this.#pave(wide, high);
    this.#name(wide, high);
    this.path.setAttribute('d', this.view ? this.#outline(this.view) : '');
    this.edge.setAttribute('d', this.lines ? this.lines() : '');
    for (const { element, where } of this.marks) {
      const [across, down] = this.pixel(where());
      element.style.transform = `translate(${across}px, ${down}px)`;
    }
  }

  #pave(wide, high) {
    const zoom = this.zoom;
    const [left, top] = this.place(0, 0).map((one) => Math.floor(one * 2 ** zoom));
    const [right, bottom] = this.place(wide, high).map((one) => Math.floor(one * 2 ** zoom));
    const theme = this.dark.matches ? 'dark' : 'light';
    const sharp = devicePixelRatio > 1 ? 2 : 1;
    const wanted = new Set();
    for (let x = left; x <= right; x += 1) {
      for (let y = top; y <= bottom; y += 1) {
        if (x < 0 || y < 0 || x >= 2 ** zoom || y >= 2 ** zoom) continue;
        const key = `${theme}/${sharp}/${zoom}/${x}/${y}`;
        wanted.add(key);
        if (!this.tiles.has(key)) {
          const image = make('img', { alt: '', width: TILE, height: TILE, draggable: 'false' });
          image.src = `${this.base}tiles/${key}.png`;
          this.tiles.set(key, image);
          this.ground.append(image);
        }
        const [across, down] = this.pixel([x / 2 ** zoom, y / 2 ** zoom]);
        const image = this.tiles.get(key);
        image.style.transform = `translate(${Math.round(across)}px, ${Math.round(down)}px)`;
      }
    }
    for (const [key, image] of this.tiles) {
      if (!wanted.has(key)) {
        image.remove();
        this.tiles.delete(key);
      }
    }
  }

  #name(wide, high) {
    const { zoom } = this;
    const windows = 2 ** zoom / NAMED;
    const [left, top] = this.place(0, 0).map((one) => Math.floor(one * windows));
    const [right, bottom] = this.place(wide, high).map((one) => Math.floor(one * windows));
    const texts = [];
    for (let x = left; x <= right; x += 1) {
      for (let y = top; y <= bottom; y += 1) {
        for (const one of this.#namesOf(`${zoom}/${x}/${y}`)) {
          const [across, down] = this.pixel([one.x, one.y]);
          const turned = `translate(${across} ${down}) rotate(${one.angle})`;
          const text = draw('text', { transform: turned, 'font-size': one.size + 1 });
          text.textContent = one.text;
          texts.push(text);
        }
      }
    }
    this.written.replaceChildren(...texts);
  }

  #namesOf(key) {
    if (!this.names.has(key)) {
      this.names.set(key, []);
      fetch(`${this.base}names/${key}`, { credentials: 'same-origin' })
        .then((answer) => (answer.ok ? answer.json() : []))
        .then((names) => {
          this.names.set(key, names);
          this.render();
        })
        .catch(() => this.names.delete(key)); // asked again when the map next moves
    }
    return this.names.get(key) ?? [];
  }

  #outline(view) {
    const parts = view.rings.map((ring) => {
      const corners = ring.map(([x, y]) => {
        const [across, down] = this.pixel([view.foot[0] + x / STEPS, view.foot[1] + y / STEPS]);
        return `${across.toFixed(1)} ${down.toFixed(1)}`;
      });
      return `M${corners.join('L')}Z`;
    });
    return parts.join('');
  }
}

function apart(down) {
  if (down.size !== 2) return 0;
  const [[x, y], [p, q]] = down.values();
  return Math.hypot(p - x, q - y);
}

function between(down) {
  const [[x, y], [p, q]] = down.values();
  return [(x + p) / 2, (y + q) / 2];
}
