// What the camera would see, drawn anew with each answer.

import { Asker, make } from './dom.js';
import { openMap } from './opening.js';

const { box, map, words, place, say, base } = openMap();
const form = document.querySelector('form[data-step]');
map.mark(make('span', { class: 'foot', 'aria-hidden': 'true' }), () => place);
map.look(place, 17);

const views = new Asker(base, 'view', (seen) => {
  if (seen.failed) say(seen.say || words['view.failed'], true);
  else {
    map.show(seen.rings ? seen : null);
    say(seen.say, Boolean(seen.fault));
  }
  box.dataset.drawn = seen.rings ? 'yes' : 'no';
});

function look() {
  const given = new FormData(form);
  const bearing = box.dataset.bearing;
  views.ask({
    lon: Number(box.dataset.lon),
    lat: Number(box.dataset.lat),
    bearing_deg: bearing === '' ? null : Number(bearing),
    kind: given.get('kind') ?? '',
    height: given.get('height') ?? '',
    width: given.get('width') ?? '',
    model: given.get('model') ?? '',
  });
}
form.addEventListener('change', look);
look();
