'use strict';
(() => {
  const runbook = JSON.parse(document.getElementById('runbook').textContent);
  const key = 'bursar-runbook:' + runbook.plan + ':' + runbook.made_at;
  const said = document.getElementById('said');
  const bar = document.getElementById('bar');
  const steps = runbook.steps.map((step) => {
    const section = document.getElementById('s' + step.number);
    const all = document.getElementById('s' + step.number + '-done');
    // A step with one change has no box of its own for it.
    const boxes = step.items.length > 1 ? [...section.querySelectorAll('.items input')] : [all];
    return { step, section, all, boxes, missing: document.getElementById('s' + step.number + '-missing') };
  });
  const of = (element) => steps.find((each) => each.section.contains(element));

  const load = () => {
    try {
      return JSON.parse(localStorage.getItem(key)) || {};
    } catch {
      return {};
    }
  };
  const save = () => {
    const done = {};
    for (const { step, boxes } of steps) {
      const ticked = boxes.flatMap((box, i) => (box.checked ? [i] : []));
      if (ticked.length > 0) done[step.number] = ticked.length === boxes.length ? 'all' : ticked;
    }
    const missing = steps.filter((each) => each.missing.checked).map((each) => each.step.number);
    try {
      localStorage.setItem(key, JSON.stringify({ done, missing }));
    } catch {
      // Where nothing may be kept, the ticks last as long as the page.
    }
  };

  const refresh = ({ all, boxes, section }) => {
    const ticked = boxes.filter((box) => box.checked).length;
    if (boxes[0] !== all) {
      all.checked = ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
    section.classList.toggle('is-done', ticked === boxes.length);
  };
  const tell = () => {
    const done = steps.filter((each) => each.section.classList.contains('is-done')).length;
    bar.value = done;
    const text = done + ' of ' + steps.length + (steps.length === 1 ? ' step done' : ' steps done');
    if (said.textContent !== text) said.textContent = text;
  };
  const announce = (text) => {
    said.textContent = text;
    setTimeout(tell, 4000);
  };

  const kept = load();
  for (const each of steps) {
    const ticked = (kept.done || {})[each.step.number];
    each.boxes.forEach((box, i) => {
      box.checked = ticked === 'all' || (Array.isArray(ticked) && ticked.includes(i));
    });
    each.missing.checked = Array.isArray(kept.missing) && kept.missing.includes(each.step.number);
    refresh(each);
  }
  tell();

  document.addEventListener('change', (event) => {
    const each = of(event.target);
    if (!each) return;
    if (event.target === each.all) for (const box of each.boxes) box.checked = each.all.checked;
    refresh(each);
    tell();
    save();
  });

  const select = (element) => {
    const range = document.createRange();
    range.selectNodeContents(element);
    const selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
  };
  const copy = async (button) => {
    const list = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(list.textContent);
      announce('Names copied');
    } catch {
      select(list);
      list.focus();
      announce('Names selected: copy them with the keyboard');
    }
  };

  const confirmation = () => {
    const done = steps.flatMap(({ step, boxes }) =>
      step.items.filter((_, i) => boxes[step.items.length > 1 ? i : 0].checked).map((item) => item.id));
    const missing = [...new Set(steps.filter((each) => each.missing.checked).map((each) => each.step.control))];
    return { schema: 'bursar.confirmation.v1', runbook, done, missing };
  };
  const save_as = () => {
    const text = JSON.stringify(confirmation(), null, 2) + '\n';
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    link.download = 'bursar-confirmation-' + runbook.plan.slice(0, 12) + '.json';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    announce('Confirmation exported');
  };

  document.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (!button) return;
    if (button.id === 'export') save_as();
    else if (button.dataset.copy) copy(button);
  });

  // Paper has nothing to unfold.
  let folded = [];
  addEventListener('beforeprint', () => {
    folded = [...document.querySelectorAll('details:not([open])')];
    for (const details of folded) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of folded) details.open = false;
  });
})();
