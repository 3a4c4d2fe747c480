// The view cone: drag its handle, and see what is in view past the buildings.

import { Asker, fill, make } from './dom.js';
import { forgive } from './form.js';
import { openMap } from './opening.js';

const COMPASS = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'];
const ARM_PX = 84;
const { box, map, words, place, say, base } = openMap();
const form = document.querySelector('form[data-step]');
const width = Number(box.dataset.width);
const foot = make('span', { class: 'foot', 'aria-hidden': 'true' });
map.mark(foot, () => place);
const told = form.elements.bearing_deg.value;
const fault = document.querySelector('#bearing_deg .fault');
let bearing = told === '' ? 0 : Number(told);
let isSet = told !== '';

const handle = make('div', {
  class: 'handle', role: 'slider', tabindex: '0', 'aria-label': words['aim.handle'],
  'aria-describedby': 'map-hint', 'aria-valuemin': '0', 'aria-valuemax': '359',
});
map.mark(handle, () => end(bearing, ARM_PX));
map.cone(() => {
  const half = Math.min(width, 358) / 2;
  const from = map.pixel(place);
  const sides = width >= 360 ? [bearing] : [bearing - half, bearing, bearing + half];
  return sides.map((side) => `M${from.join(' ')}L${map.pixel(end(side, ARM_PX)).join(' ')}`).join('');
});

// The place so many pixels from the foot along a bearing.
function end(degrees, pixels) {
  const turn = (degrees * Math.PI) / 180;
  const far = pixels / map.scale;
  return [place[0] + Math.sin(turn) * far, place[1] - Math.cos(turn) * far];
}

const views = new Asker(base, 'view', (seen) => {
  if (seen.failed) say(seen.say || words['view.failed'], true);
  else {
    map.show(seen.rings ? seen : null);
    say(seen.say, Boolean(seen.fault));
  }
  box.dataset.drawn = seen.rings ? 'yes' : 'no';
});

function turn(degrees) {
  bearing = ((degrees % 360) + 360) % 360;
  isSet = true;
  fault?.remove();
  forgive('bearing_deg');
  form.elements.bearing_deg.value = bearing.toFixed(1);
  for (const one of form.querySelectorAll('input[name=compass]')) one.checked = false;
  tell();
}

function tell() {
  const direction = words[`aim.${COMPASS[Math.round(bearing / 45) % 8]}`];
  handle.setAttribute('aria-valuenow', String(Math.round(bearing) % 360));
  handle.setAttribute('aria-valuetext', fill(words['aim.looks'], { direction, degrees: Math.round(bearing) % 360 }));
  handle.classList.toggle('unset', !isSet);
  map.render();
  const [lon, lat] = [Number(box.dataset.lon), Number(box.dataset.lat)];
  views.ask({ lon, lat, bearing_deg: isSet ? bearing : null });
}

function face(event) {
  const [x, y] = map.at(event);
  const [across, down] = map.pixel(place);
  if (Math.hypot(x - across, y - down) < 6) return;
  turn((Math.atan2(x - across, down - y) * 180) / Math.PI);
}

handle.addEventListener('pointerdown', (event) => {
  if (event.button) return;
  event.preventDefault();
  handle.focus();
  handle.setPointerCapture(event.pointerId);
  const over = () => handle.removeEventListener('pointermove', face);
  handle.addEventListener('pointermove', face);
  handle.addEventListener('pointerup', over, { once: true });
  handle.addEventListener('pointercancel', over, { once: true });
});
map.onTap = (merc) => {
  turn((Math.atan2(merc[0] - place[0], place[1] - merc[1]) * 180) / Math.PI);
};
const TURN = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
handle.addEventListener('keydown', (event) => {
  const way = TURN[event.key];
  if (!way) return;
  event.preventDefault();
  turn(bearing + way * (event.shiftKey ? 1 : 5));
});
function choose(radio) {
  if (radio.value === 'unknown') {
    form.elements.bearing_deg.value = '';
    isSet = false;
    fault?.remove();
    forgive('bearing_deg');
    tell();
    return;
  }
  turn(45 * COMPASS.indexOf(radio.value));
  radio.checked = true;
}
form.addEventListener('change', (event) => {
  if (event.target.name === 'compass') choose(event.target);
});
// One may have been chosen before this script was there.
const early = form.querySelector('input[name=compass]:checked');
if (early) choose(early);
else tell();
