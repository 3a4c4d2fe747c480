// What was said to be wrong with a field goes once the field is changed, above as well.

export function forgive(name) {
  const box = document.getElementById('faults');
  box?.querySelector(`a[href="#${name}"]`)?.closest('li').remove();
  if (box && !box.querySelector('li')) box.remove();
}

for (const type of ['input', 'change']) {
  document.addEventListener(type, (event) => {
    const { name } = event.target;
    if (name) forgive(name);
    const field = event.target.closest('.field.bad');
    if (!field) return;
    field.classList.remove('bad');
    field.querySelector('.fault')?.remove();
    for (const one of field.querySelectorAll('[aria-invalid]')) one.removeAttribute('aria-invalid');
  });
}
