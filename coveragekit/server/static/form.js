// What was said to be wrong with a field goes once the field is changed.

for (const type of ['input', 'change']) {
  document.addEventListener(type, (event) => {
    const field = event.target.closest('.field.bad');
    if (!field) return;
    field.classList.remove('bad');
    field.querySelector('.fault')?.remove();
    for (const one of field.querySelectorAll('[aria-invalid]')) one.removeAttribute('aria-invalid');
  });
}
