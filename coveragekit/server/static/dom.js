// What the form's scripts share: making elements, asking the server, saying words.

const SVG = 'http://www.w3.org/2000/svg';

export function make(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

export function draw(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function later(work, wait) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait);
  };
}

// Gives what the server answers, or throws an Error whose message may be shown.
export async function ask(base, name, body) {
  const token = document.querySelector('input[name=_xsrf]').value;
  const answer = await fetch(base + name, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-XSRFToken': token },
    body: JSON.stringify(body),
    credentials: 'same-origin',
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.say ?? '');
  return said;
}

// Whoever drags for long asks so often, and no more often than the server lets them.
const PACE_MS = 150;

// Asks one question at a time; of those that come meanwhile only the last is asked.
export class Asker {
  constructor(base, name, told) {
    Object.assign(this, { base, name, told, busy: false, next: null });
  }

  ask(body) {
    this.next = body;
    if (!this.busy) this.#go();
  }

  async #go() {
    this.busy = true;
    while (this.next) {
      const body = this.next;
      this.next = null;
      const rest = new Promise((done) => { setTimeout(done, PACE_MS); });
      try {
        this.told(await ask(this.base, this.name, body), body);
      } catch (fault) {
        this.told({ say: fault.message, fault: true, failed: true }, body);
      }
      await rest;
    }
    this.busy = false;
  }
}
