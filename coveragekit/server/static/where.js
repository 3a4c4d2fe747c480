// Search as one types, and the pin on the map.

import { Asker, ask, fill, later, make } from './dom.js';
import { forgive } from './form.js';
import { perMetre, toLonLat, toMerc } from './map.js';
import { openMap } from './opening.js';

const { box, map, words, isSet, place, say, base } = openMap();
const form = document.querySelector('form[data-step]');
const { lon, lat, address } = form.elements;
let here = place;
let filled = '';

const pin = make('button', { type: 'button', class: 'pin', 'aria-label': words['where.pin'], 'aria-describedby': 'map-hint' });
pin.append(make('span', { 'aria-hidden': 'true' }));
map.mark(pin, () => here);
pin.classList.toggle('unset', !isSet);

const near = new Asker(base, 'view', (told, asked) => {
  if (told.failed || told.fault) {
    say(told.say || words['view.failed'], true);
  } else {
    const where = told.address || told.street;
    const named = where ? fill(words['where.pin_at'], { place: where }) : words['where.pin_none'];
    say(told.open ? `${named}. ${words['where.pin_open']}` : named);
  }
  const guess = told.address || told.street || '';
  if (guess && (!address.value || address.value === filled)) {
    enter(guess);
    filled = guess;
  }
  propose(told.address || '');
  if (asked.lon === Number(lon.value) && asked.lat === Number(lat.value)) box.dataset.near = 'told';
});

function enter(text) {
  address.value = text;
  address.dispatchEvent(new Event('change', { bubbles: true }));
}

// What is known to be near the pin, to be taken with one tap where something else stands there.
const offer = document.getElementById('offer');
const button = offer.querySelector('button');
let offered = '';
function propose(text) {
  offered = text;
  offer.hidden = !text || address.value.trim() === text;
  button.textContent = fill(words['where.offer'], { address: text });
}
button.addEventListener('click', () => {
  enter(offered);
  filled = offered;
  propose(offered);
  address.focus();
});
address.addEventListener('input', () => propose(offered));
const askNear = later(() => {
  near.ask({ lon: Number(lon.value), lat: Number(lat.value) });
}, 350);

function put(merc, named = '') {
  here = merc;
  [lon.value, lat.value] = toLonLat(merc).map((one) => one.toFixed(7));
  pin.classList.remove('unset');
  document.querySelector('#pin > .fault')?.remove();
  forgive('pin');
  if (named) {
    enter(named);
    filled = '';
  }
  map.render();
  box.dataset.near = 'asked';
  askNear();
}

map.onTap = (merc) => put(merc);
pin.addEventListener('pointerdown', (event) => {
  if (event.button) return;
  event.preventDefault();
  pin.focus();
  pin.setPointerCapture(event.pointerId);
  const [x, y] = map.at(event);
  const [across, down] = map.pixel(here);
  const off = [across - x, down - y];
  const move = (moved) => {
    const [p, q] = map.at(moved);
    put(map.place(p + off[0], q + off[1]));
  };
  const end = () => {
    pin.removeEventListener('pointermove', move);
    map.hold(here);
  };
  pin.addEventListener('pointermove', move);
  pin.addEventListener('pointerup', end, { once: true });
  pin.addEventListener('pointercancel', end, { once: true });
});
pin.addEventListener('click', () => put(here)); // it is right where it is
const STEP = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
pin.addEventListener('keydown', (event) => {
  const step = STEP[event.key];
  if (!step) return;
  event.preventDefault();
  const far = perMetre(here) * (event.shiftKey ? 10 : 1);
  put([here[0] + step[0] * far, here[1] + step[1] * far]);
  map.hold(here);
});

// The search: a list that opens below the field as one types.
const field = document.getElementById('q');
const list = document.getElementById('found');
const line = document.getElementById('q-say');
let found = [];
let chosen = -1;
let asked = '';
field.setAttribute('role', 'combobox');
field.setAttribute('aria-controls', 'found');
field.setAttribute('aria-autocomplete', 'list');

function close() {
  list.hidden = true;
  field.setAttribute('aria-expanded', 'false');
  field.removeAttribute('aria-activedescendant');
  chosen = -1;
}
close();

function mark(row) {
  chosen = row;
  for (const [at, item] of [...list.children].entries()) {
    item.setAttribute('aria-selected', String(at === row));
  }
  if (row >= 0) {
    field.setAttribute('aria-activedescendant', `found-${row}`);
    list.children[row].scrollIntoView({ block: 'nearest' });
  } else {
    field.removeAttribute('aria-activedescendant');
  }
}

function open(places, text) {
  found = places;
  list.dataset.q = text;
  list.replaceChildren(...places.map((one, row) => {
    const item = make('li', { role: 'option', id: `found-${row}`, 'aria-selected': 'false' });
    const name = make('span');
    name.textContent = one.address && one.address !== one.name ? `${one.name}, ${one.address}` : one.name;
    const what = make('small');
    what.textContent = one.what;
    item.append(name, what);
    item.addEventListener('pointerdown', (event) => event.preventDefault());
    item.addEventListener('click', () => choose(row));
    return item;
  }));
  list.hidden = !places.length;
  field.setAttribute('aria-expanded', String(places.length > 0));
  line.textContent = places.length ? fill(words['where.count'], { count: places.length }) : words['where.none'];
  mark(-1);
}

function choose(row) {
  const one = found[row];
  field.value = one.name;
  asked = one.name;
  if (one.kind === 'place') form.elements.site_name.value ||= one.name;
  close();
  line.textContent = fill(words['where.used'], { address: one.address });
  const merc = toMerc(one.lon, one.lat);
  map.look(merc, 18);
  put(merc, one.address);
}

async function find() {
  const text = field.value.trim();
  if (text === asked) return;
  asked = text;
  if (text.length < 2) {
    close();
    line.textContent = '';
    return;
  }
  try {
    const places = await ask(base, 'search', { q: text });
    if (text === asked) open(places, text);
  } catch (fault) {
    line.textContent = fault.message;
  }
}
field.addEventListener('input', later(find, 250));
field.addEventListener('blur', close);
field.addEventListener('keydown', (event) => {
  const is = !list.hidden;
  if (event.key === 'Escape' && is) close();
  else if (event.key === 'ArrowDown' && is) mark((chosen + 1) % found.length);
  else if (event.key === 'ArrowUp' && is) mark((chosen + found.length) % (found.length + 1) - 1);
  else if (event.key === 'Enter') {
    if (is) choose(Math.max(chosen, 0));
    else find();
  } else return;
  event.preventDefault();
});
document.querySelector('[data-finder]').addEventListener('submit', (event) => {
  event.preventDefault();
  asked = '';
  field.focus();
  find();
});
if (isSet) askNear();
// Somebody may have begun to type before this script was there.
if (document.activeElement === field && field.value.trim()) find();
