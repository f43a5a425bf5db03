// Looks at the pages of the worlds as people do: with eyes, keyboard, paper, screen reader, and in a hurry.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const puppeteer = require('puppeteer-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const [browserPath, worlds, pictures] = process.argv.slice(2);
const file = (world) => path.join(worlds, world, 'page.html');
const url = (world) => 'file://' + file(world);

// Generous: what a slow machine with other work needs. A page that does not scale misses them by far.
const FIRST_RENDER = 5000;
const KEYSTROKE = 1000;

// A page on which everything that it should not do is noticed.
async function open(browser, world, { script = true, width = 1200 } = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => { if (message.type() === 'error') wrong.push('console: ' + message.text()); });
  page.on('pageerror', (error) => wrong.push('error: ' + error.message));
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url(world)) wrong.push('request: ' + request.url());
  });
  await page.evaluateOnNewDocument(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error('CSP: ' + event.violatedDirective));
  });
  await page.setJavaScriptEnabled(script);
  await page.setViewport({ width, height: 900 });
  await page.goto(url(world));
  const close = async () => {
    assert.deepStrictEqual(wrong, [], world);
    await context.close();
  };
  return { page, close, wrong };
}

const said = (page, id = 'people') => page.$eval(`#${id}-said`, (element) => element.textContent);
const column = (page, at, id = 'people') =>
  page.$$eval(`#${id}-rows tr`, (rows, at) => rows.map((row) => row.children[at].firstElementChild?.textContent ?? ''), at);
const picture = (page, name, fullPage = true) => page.screenshot({ path: path.join(pictures, name + '.png'), fullPage });

// Goes on with Tab until something has the focus. Nothing but the keyboard is used.
async function tabTo(page, found, what) {
  for (let i = 0; i < 300; i += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(found)) {
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notStrictEqual(outline, 'none', `the focus is seen on ${what}`);
      return;
    }
  }
  assert.fail(`Tab does not lead to ${what}`);
}

async function violations(page) {
  // The page lets no other script run, and that is right; this one comes in beside it.
  const session = await page.createCDPSession();
  await session.send('Runtime.evaluate', { expression: axe });
  const found = await page.evaluate(() => axe.run({ resultTypes: ['violations', 'passes'] }));
  assert(found.passes.some((each) => each.id === 'color-contrast'), 'contrast was judged');
  return found.violations.map((each) => `${each.id}: ${each.nodes[0].html}`);
}

async function looks(page, world) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    assert.deepStrictEqual(await violations(page), [], `${world}, ${scheme}`);
    await picture(page, `${world}-${scheme}`);
  }
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
  for (const width of [320, 800]) {
    await page.setViewport({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(wide <= width, `${world}: ${width} pixels are enough, not ${wide}`);
    assert.deepStrictEqual(await violations(page), [], `${world}, ${width} pixels`);
    await picture(page, `${world}-${width}`);
  }
  await page.setViewport({ width: 1200, height: 900 });
  const levels = await page.$$eval('h1, h2, h3', (all) => all.map((each) => Number(each.tagName[1])));
  assert.strictEqual(levels.filter((level) => level === 1).length, 1);
  assert(levels.every((level, i) => i === 0 || level <= levels[i - 1] + 1), levels.join());
}

async function quiet(browser) {
  const { page, close } = await open(browser, 'quiet');
  assert.deepStrictEqual(await column(page, 0), ['alice', 'bob']);
  assert.deepStrictEqual(await column(page, 3), ['1,250 credits', '120.5 credits']);
  assert.deepStrictEqual(await column(page, 4), ['62 %', '24 %']);
  await looks(page, 'quiet');
  await close();
  console.log('quiet: drawn, shares, light, dark, 320 and 800 pixels: right');
}

async function busy(browser) {
  const { page, close } = await open(browser, 'busy');
  const text = await page.$eval('body', (body) => body.innerText);
  for (const expected of ['broken', 'could not be read', 'shadow pool of the sales team', 'mallory@elsewhere.example',
    'steps wait for a person', 'not in the files', 'Waiting to be done by hand', 'expires soon', 'over 80 %']) {
    assert(text.includes(expected), `busy says: ${expected}`);
  }
  assert((await page.$$('.trend polyline')).length >= 2, 'a line for each pool with a history');
  const points = await page.$eval('.trend polyline', (line) => line.getAttribute('points').split(' ').length);
  assert(points >= 40, `the line has ${points} points`);

  // What needs attention leads to those that it is about.
  const all = (await column(page, 0)).length;
  await page.click('a[data-flag]');
  const flagged = await column(page, 0);
  assert(flagged.length > 0 && flagged.length < all, 'the flag filters');
  assert((await said(page)).includes(`of ${flagged.length}, out of ${all} rows`), await said(page));

  // By keyboard alone: find, sort, clear.
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  await tabTo(page, () => document.activeElement.id === 'people-text', 'the search');
  await page.keyboard.type('nobody of that name');
  assert.deepStrictEqual(await column(page, 0), []);
  assert((await said(page)).startsWith('Nothing of'), await said(page));
  await tabTo(page, () => document.activeElement.id === 'people-clear', 'Clear');
  await page.keyboard.press('Enter');
  assert.strictEqual((await column(page, 0)).length, all);
  assert.strictEqual(await page.evaluate(() => document.activeElement.id), 'people-text', 'the focus goes on');
  await page.keyboard.type('P08');
  assert.deepStrictEqual(new Set(await column(page, 0)), new Set(['p08']));
  await page.keyboard.press('Escape');
  await page.$eval('#people-text', (input) => { input.value = ''; input.dispatchEvent(new Event('input', { bubbles: true })); });
  await page.select('#people-center', 'gateway');
  assert.deepStrictEqual(new Set(await column(page, 1)), new Set(['agents']));
  await page.select('#people-center', '');
  for (const label of ['Person', 'Drawn', 'Cap', 'Share', 'Decided by', 'Expires', 'Flags', 'Pool']) {
    await page.evaluate(() => { document.activeElement.blur(); });
    await page.focus('#people-clear');
    await page.evaluate((label) => { window.wanted = label; }, label);
    await tabTo(page, () => document.activeElement.closest('th')?.textContent === window.wanted, label);
    await page.keyboard.press('Enter');
    const sort = () => page.evaluate(() => document.activeElement.closest('th').getAttribute('aria-sort'));
    const first = await sort();
    const before = await page.$eval('#people-rows', (rows) => rows.textContent);
    await page.keyboard.press('Space');
    assert.deepStrictEqual(new Set([first, await sort()]), new Set(['ascending', 'descending']), label);
    assert.notStrictEqual(await page.$eval('#people-rows', (rows) => rows.textContent), before, `${label} turns round`);
    assert.strictEqual((await page.$$('#people [aria-sort]')).length, 1, 'one column is sorted');
  }
  const drawn = async () => (await column(page, 3)).map((text) => parseFloat(text.replace(/,/g, '')));
  await page.click('#people th.amount:nth-child(4) button');
  const numbers = (await drawn()).filter((number) => !Number.isNaN(number));
  assert.deepStrictEqual(numbers, [...numbers].sort((a, b) => b - a), 'numbers are sorted as numbers');

  // Nobody is caught: Tab leaves the page at its end.
  await page.reload();
  const seen = new Set();
  let left = false;
  for (let i = 0; i < 400 && !left; i += 1) {
    await page.keyboard.press('Tab');
    left = await page.evaluate(() => document.activeElement === document.body);
    seen.add(await page.evaluate(() => [...document.querySelectorAll('*')].indexOf(document.activeElement)));
  }
  assert(left && seen.size > 20, `Tab goes through ${seen.size} places and leaves`);
  await looks(page, 'busy');
  await paper(page, 'busy');
  await close();
  console.log('busy: everything said, filters and sorting by keyboard, light, dark, narrow, paper: right');
}

// How often the names of rows are on the paper: the text of a PDF is in its streams, by numbers of glyphs, so the pages
// are counted, and what the script shows while it prints.
async function paper(page, world) {
  await page.evaluate(() => {
    window.printed = 0;
    addEventListener('beforeprint', () => { window.printed = document.querySelectorAll('#people-rows tr').length; });
  });
  const total = await page.$eval('#tables', (element) => JSON.parse(element.textContent)[0].rows.length);
  const pdf = await page.pdf({ path: path.join(pictures, world + '.pdf'), format: 'A4', timeout: 300000 });
  assert.strictEqual(await page.evaluate(() => window.printed), total, `${world}: every row is on paper`);
  assert.strictEqual((await page.$$('#people-rows tr')).length, Math.min(total, 100), 'and the page is as before');
  const text = Buffer.from(pdf).toString('latin1');
  const sheets = (text.match(/\/Type\s*\/Page\b(?!s)/g) || []).length;
  assert(sheets >= 1);
  return sheets;
}

async function hostile(browser) {
  const { page, close } = await open(browser, 'hostile');
  assert.strictEqual(await page.title(), 'AI credits: who may draw, and who does');
  assert.strictEqual((await page.$$('h1')).length, 1);
  assert.strictEqual((await page.$$('img, iframe, object')).length, 0);
  assert.strictEqual((await page.$$('script')).length, 2);
  const text = await page.$eval('main', (element) => element.textContent);
  for (const name of ["<script>document.title='owned'</script>@acme.example", '</td></table></section><h1>owned</h1>',
    '<!--@acme.example', '\\u{202e}gnp.exe', 'zero\\u{200b}width', 'constructor', '__proto__']) {
    assert(text.includes(name), `it is shown as it is: ${name}`);
  }
  // What the script makes is what the page was made with.
  const made = await page.$eval('#people-rows', (rows) => rows.innerHTML);
  await page.click('#people th button');
  await page.click('#people-clear');
  await page.type('#people-text', '</script>');
  assert((await column(page, 0)).length > 0);
  await looks(page, 'hostile');
  const { page: plain, close: closePlain } = await open(browser, 'hostile', { script: false });
  const bare = await plain.$eval('#people-rows', (rows) => rows.innerHTML.replace(/\n/g, ''));
  assert.strictEqual(made.replace(/\n/g, ''), bare, 'the script writes rows as the page does');
  await closePlain();
  await close();
  console.log('names that want to be markup: inert, and the same by script and without');
}

async function large(browser) {
  const { page, close } = await open(browser, 'large');
  const { first, rows } = await page.evaluate(() => {
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    const load = performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd;
    return { first: Math.max(paint?.startTime ?? 0, load), rows: document.querySelectorAll('#people-rows tr').length };
  });
  assert.strictEqual(rows, 100);
  assert.strictEqual(await said(page), '1–100 of 10,000 rows');
  assert(first < FIRST_RENDER, `first render after ${first} ms`);
  await page.focus('#people-text');
  const times = [];
  for (const key of 'p0123') {
    const begun = await page.evaluate(() => performance.now());
    await page.keyboard.type(key);
    const ended = await page.evaluate(() => new Promise((resolve) =>
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now())))));
    times.push(ended - begun);
  }
  assert.strictEqual(await said(page), '1–10 of 10, out of 10,000 rows');
  const slowest = Math.max(...times);
  assert(slowest < KEYSTROKE, `a keystroke takes ${slowest} ms`);
  await page.click('#people-clear');
  const sorting = await page.evaluate(() => {
    const begun = performance.now();
    document.querySelector('#people th button').click();
    return performance.now() - begun;
  });
  assert(sorting < KEYSTROKE * 2, `sorting takes ${sorting} ms`);
  // Pages, by keyboard.
  await page.focus('#people-pages button:last-child');
  await page.keyboard.press('Enter');
  assert.strictEqual(await said(page), '101–200 of 10,000 rows');
  assert.deepStrictEqual((await column(page, 0)).slice(0, 2), ['p00100', 'p00101']);
  await picture(page, 'large-top', false);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert(wide <= 1200);
  assert.deepStrictEqual(await violations(page), [], 'large');
  await picture(page, 'large-light');
  const printing = Date.now();
  const sheets = await paper(page, 'large');
  assert(sheets >= 100, `10,000 rows are more than ${sheets} sheets`);
  const size = (fs.statSync(file('large')).size / 1e6).toFixed(1);
  console.log(`10,000 people, ${size} MB: first render after ${Math.round(first)} ms, a keystroke at most ` +
    `${Math.round(slowest)} ms, sorting ${Math.round(sorting)} ms, ${sheets} sheets of paper in ${Date.now() - printing} ms`);
  await close();
}

async function withoutScript(browser) {
  const { page, close } = await open(browser, 'large', { script: false });
  assert.strictEqual((await page.$$('#people-rows tr')).length, 100);
  assert((await page.$eval('body', (body) => body.innerText)).includes('Without JavaScript the page shows the first 100'));
  assert.strictEqual((await page.$$('.card')).length, 20);
  assert(!(await page.$eval('#people-filters', (form) => form.checkVisibility())), 'no filter that does nothing');
  await close();
  console.log('without JavaScript: pools, and the first people: right');
}

async function empty(browser) {
  const { page, close } = await open(browser, 'empty');
  await looks(page, 'empty');
  await close();
  console.log('nothing to show: said so');
}

// That the checks can fail.
async function wrong(browser) {
  const { page, wrong, close } = await open(browser, 'quiet');
  await page.evaluate(() => {
    document.querySelector('#people-text').closest('label').replaceWith(document.createElement('input'));
    const image = document.createElement('img');
    image.src = 'https://evil.example/x.png';
    document.body.append(image);
    document.querySelector('h1').style.width = '3000px';
  });
  const found = await violations(page);
  assert(found.some((each) => each.startsWith('label:')) && found.some((each) => each.startsWith('image-alt:')), found.join());
  assert(await page.evaluate(() => document.documentElement.scrollWidth) > 1200);
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert(wrong.some((each) => each.includes('CSP')), 'what the page must not load is noticed');
  await assert.rejects(close());
  console.log('a page with faults: found');
}

(async () => {
  const browser = await puppeteer.launch({
    executablePath: browserPath, headless: true, protocolTimeout: 300000,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
  });
  try {
    for (const look of [quiet, busy, hostile, large, withoutScript, empty, wrong]) await look(browser);
  } finally {
    await browser.close();
  }
})().catch((error) => { console.error(error); process.exit(1); });
