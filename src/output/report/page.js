'use strict';
(() => {
  const PAGE = 100;
  const lists = JSON.parse(document.getElementById('tables').textContent);
  const SVG = 'http://www.w3.org/2000/svg';
  const grouped = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

  const element = (name, attributes, text) => {
    const made = document.createElement(name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const look = (share) => (share < 80 ? 'calm' : share < 100 ? 'warn' : 'bad');
  const mini = (share) => {
    const svg = document.createElementNS(SVG, 'svg');
    const rect = (kind, width) => {
      const made = document.createElementNS(SVG, 'rect');
      made.setAttribute('class', kind);
      made.setAttribute('width', width);
      made.setAttribute('height', 6);
      return made;
    };
    svg.setAttribute('class', 'mini ' + look(share));
    svg.setAttribute('viewBox', '0 0 100 6');
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    svg.append(rect('track', 100), rect('drawn', Math.min(share, 100)));
    return svg;
  };

  // The same as the page was made with: see tables.rs.
  const fill = (place, kind, cell, list) => {
    if (cell === null) place.append(element('span', { class: 'none' }, '–'));
    else if (kind === 'share') place.append(element('span', {}, cell + ' %'), mini(cell));
    else if (kind === 'flags') {
      for (const flag of cell) {
        place.append(element('span', { class: 'flag ' + list.flags[flag].look }, list.flags[flag].label));
      }
    } else if (Array.isArray(cell)) place.append(element('span', {}, cell[0]), ' ', element('small', {}, cell[1]));
    else place.append(element('span', {}, cell));
  };
  const rowOf = (list, row) => {
    const made = element('tr', { role: 'row' });
    list.columns.forEach(({ label, kind }, i) => {
      const place = i === 0
        ? element('th', { scope: 'row', role: 'rowheader', class: kind })
        : element('td', { role: 'cell', class: kind, 'data-label': label });
      fill(place, kind, row[i], list);
      made.append(place);
    });
    return made;
  };

  // Numbers are compared as such only to be sorted: what is shown is the text.
  const main = (cell) => (Array.isArray(cell) ? cell[0] : cell);
  const keys = {
    text: (cell) => String(main(cell)).toLowerCase(),
    date: (cell) => main(cell) || null,
    share: (cell) => cell,
    amount: (cell) => {
      const number = parseFloat(String(main(cell)).replace(/,/g, ''));
      return Number.isNaN(number) ? Infinity : number;
    },
    source: (cell) => {
      const [, file, line] = /^(.*):(\d+)$/.exec(main(cell)) || [null, main(cell), 0];
      return file + '\u0000' + String(line).padStart(9, '0');
    },
    // The first flags are the gravest.
    flags: (cell) => (cell.length === 0 ? null : -cell[0] * 100 + cell.length),
  };
  const descendingFirst = new Set(['share', 'amount', 'flags']);

  const sorted = (list, rows, column, descending) => {
    const key = keys[list.columns[column].kind];
    const keyed = rows.map((row) => [row[column] === null ? null : key(row[column]), row]);
    const sign = descending ? -1 : 1;
    // What is not known comes last, whichever way.
    keyed.sort(([a], [b]) => {
      if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
      return a === b ? 0 : a < b ? -sign : sign;
    });
    return keyed.map(([, row]) => row);
  };

  const table = (list) => {
    const place = (name) => document.getElementById(list.id + '-' + name);
    const body = place('rows');
    if (!body) return;
    const said = place('said');
    const pages = place('pages');
    const headers = [...place('table').querySelectorAll('thead th')];
    const found = new Map(list.rows.map((row) => [row, row.flatMap((cell, i) =>
      (list.columns[i].kind === 'flags' || cell === null ? [] : cell)).join('\u0000').toLowerCase()]));
    let rows = list.rows;
    let shown = list.rows;
    let page = 0;
    let sort = { column: list.sorted, descending: true };

    const nounOf = (count) => list.noun[count === 1 ? 0 : 1];
    const tell = () => {
      const all = grouped(list.rows.length) + ' ' + nounOf(list.rows.length);
      let text;
      if (shown.length === 0) text = 'Nothing of ' + all + ' matches';
      else {
        const first = page * PAGE + 1;
        const last = Math.min(first + PAGE - 1, shown.length);
        text = first + '–' + last + ' of ' + grouped(shown.length);
        text += shown.length === list.rows.length ? ' ' + nounOf(shown.length) : ', out of ' + all;
      }
      if (said.textContent !== text) said.textContent = text;
    };
    let visible = [];
    const show = (some) => {
      // Whoever types sees the same rows for a while.
      if (some.length === visible.length && some.every((row, i) => row === visible[i])) return;
      visible = some;
      const made = document.createDocumentFragment();
      for (const row of some) made.append(rowOf(list, row));
      body.replaceChildren(made);
    };
    const turn = (to) => {
      page = to;
      show(shown.slice(page * PAGE, (page + 1) * PAGE));
      tell();
      const count = Math.ceil(shown.length / PAGE);
      pages.hidden = count < 2;
      previous.setAttribute('aria-disabled', String(page === 0));
      next.setAttribute('aria-disabled', String(page + 1 >= count));
      number.textContent = 'Page ' + (page + 1) + ' of ' + count;
    };

    const previous = element('button', { type: 'button' }, 'Previous');
    const next = element('button', { type: 'button' }, 'Next');
    const number = element('span');
    previous.addEventListener('click', () => { if (page > 0) turn(page - 1); });
    next.addEventListener('click', () => { if ((page + 1) * PAGE < shown.length) turn(page + 1); });
    pages.append(previous, number, next);

    // What each filter lets through.
    const form = place('filters');
    const value = (name) => (form && place(name) ? place(name).value : '');
    const matches = () => {
      const text = value('text').trim().toLowerCase();
      const [center, pool, flag] = [value('center'), value('pool'), value('flag')];
      if (!text && !center && !pool && !flag) return rows;
      const flags = list.columns.length - 1;
      return rows.filter((row) =>
        (!text || found.get(row).includes(text)) &&
        (!pool || row[1][0] === pool) &&
        (!center || row[1][1] === center) &&
        (!flag || row[flags].includes(Number(flag))));
    };
    const filter = () => {
      shown = matches();
      turn(0);
    };
    if (form) {
      form.hidden = false;
      form.addEventListener('input', filter);
      form.addEventListener('submit', (event) => event.preventDefault());
      place('clear').addEventListener('click', () => {
        form.reset();
        filter();
        place('text').focus();
      });
      for (const link of document.querySelectorAll('a[data-flag]')) {
        link.addEventListener('click', () => {
          form.reset();
          place('flag').value = link.dataset.flag;
          filter();
        });
      }
    }

    headers.forEach((header, column) => {
      const button = element('button', { type: 'button' }, header.textContent);
      button.addEventListener('click', () => {
        const first = descendingFirst.has(list.columns[column].kind);
        const descending = sort.column === column ? !sort.descending : first;
        sort = { column, descending };
        rows = sorted(list, list.rows, column, descending);
        for (const other of headers) other.removeAttribute('aria-sort');
        header.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
        filter();
      });
      header.replaceChildren(button);
    });
    turn(0);

    // Paper has no pages to turn.
    addEventListener('beforeprint', () => { if (shown.length > PAGE) show(shown); });
    addEventListener('afterprint', () => { if (shown.length > PAGE) turn(page); });
  };
  lists.forEach(table);

  // And nothing to unfold.
  let folded = [];
  addEventListener('beforeprint', () => {
    folded = [...document.querySelectorAll('details:not([open])')];
    for (const details of folded) details.open = true;
  });
  addEventListener('afterprint', () => {
    for (const details of folded) details.open = false;
  });
})();
