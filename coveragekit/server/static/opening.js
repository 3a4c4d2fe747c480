// Opens a page's map from what its element says.

import { GroundMap, toMerc } from './map.js';

const ON_PLACE = 18;
const ON_CITY = 15;

export function openMap() {
  const box = document.querySelector('[data-map]');
  const words = JSON.parse(box.dataset.words);
  const isSet = box.dataset.set === 'yes';
  const place = toMerc(Number(box.dataset.lon), Number(box.dataset.lat));
  box.hidden = false;
  document.querySelector('[data-unmapped]').hidden = true;
  const map = new GroundMap(box.querySelector('.map'), {
    base: box.dataset.base,
    words,
    zoom: isSet ? ON_PLACE : ON_CITY,
    middle: place,
  });
  const line = box.querySelector('.say');
  const say = (text, isFault = false) => {
    line.textContent = text;
    line.classList.toggle('fault', isFault);
  };
  return { box, map, words, isSet, place, say, base: box.dataset.base };
}
