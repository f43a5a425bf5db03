// One person's session with the pages of the worlds.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const puppeteer = require('puppeteer-core');
const Ajv = require('ajv/dist/2020').default;
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const [browserPath, worlds, pictures, schemas] = process.argv.slice(2);
const url = (world) => 'file://' + path.join(worlds, world, 'runbook.html');

const ajv = new Ajv({ strict: false });
require('ajv-formats').default(ajv);
const schema = (name) => JSON.parse(fs.readFileSync(path.join(schemas, name + '.v1.schema.json')));
ajv.addSchema(schema('runbook'));
const isConfirmation = ajv.compile(schema('confirmation'));

// A page on which everything that it should not do is noticed.
async function open(browser, world) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => { if (message.type() === 'error') wrong.push('console: ' + message.text()); });
  page.on('pageerror', (error) => wrong.push('error: ' + error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('file://') && !request.url().startsWith('blob:file://')) wrong.push('request: ' + request.url());
    if (request.url().startsWith('file://') && request.url() !== url(world)) wrong.push('request: ' + request.url());
  });
  await page.evaluateOnNewDocument(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error('CSP: ' + event.violatedDirective));
  });
  await page.setViewport({ width: 1000, height: 900 });
  await page.goto(url(world));
  return { context, page, wrong };
}

const said = (page) => page.$eval('#said', (element) => element.textContent);

// Goes on with Tab until something has the focus. Nothing but the keyboard is used.
async function tabTo(page, id) {
  for (let i = 0; i < 400; i += 1) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate(() => document.activeElement.id)) === id) {
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notStrictEqual(outline, 'none', `the focus is seen on ${id}`);
      return;
    }
  }
  assert.fail(`Tab does not lead to ${id}`);
}

async function exported(page, folder, press) {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const session = await page.createCDPSession();
  await session.send('Browser.setDownloadBehavior', {
    behavior: 'allow', downloadPath: folder, browserContextId: page.browserContext().id,
  });
  await press();
  for (let i = 0; i < 200; i += 1) {
    const file = fs.readdirSync(folder).find((name) => name.endsWith('.json'));
    if (file) {
      const value = JSON.parse(fs.readFileSync(path.join(folder, file)));
      assert(isConfirmation(value), JSON.stringify(isConfirmation.errors));
      assert.strictEqual(file, `bursar-confirmation-${value.runbook.plan.slice(0, 12)}.json`);
      return value;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return assert.fail('nothing was exported');
}

async function accessible(page, world) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    // The page lets no other script run, and that is right; this one comes in beside it.
    const session = await page.createCDPSession();
    await session.send('Runtime.evaluate', { expression: axe });
    const { violations, passes } = await page.evaluate(() => axe.run({ resultTypes: ['violations', 'passes'] }));
    assert.deepStrictEqual(violations.map((each) => `${each.id}: ${each.nodes[0].html}`), [], `${world}, ${scheme}`);
    assert(passes.some((each) => each.id === 'color-contrast'), 'contrast was judged');
    await page.screenshot({ path: path.join(pictures, `${world}-${scheme}.png`), fullPage: true });
  }
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
  await page.setViewport({ width: 400, height: 900 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert(wide <= 400, `400 pixels are enough, not ${wide}`);
  await page.screenshot({ path: path.join(pictures, `${world}-narrow.png`), fullPage: true });
  await page.setViewport({ width: 1000, height: 900 });
}

async function plain(browser) {
  const { context, page, wrong } = await open(browser, 'plain');
  const runbook = await page.$eval('#runbook', (element) => JSON.parse(element.textContent));
  const total = runbook.steps.length;
  const bulk = runbook.steps.find((step) => step.items.length > 2);
  const single = runbook.steps.find((step) => step.items.length === 1);
  assert.strictEqual(await said(page), `0 of ${total} steps done`);

  // By keyboard: a person, the whole step, one step of one change, and a control that is not there.
  await tabTo(page, `s${single.number}-done`);
  await page.keyboard.press('Space');
  assert.strictEqual(await said(page), `1 of ${total} steps done`);
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
  const box = (id) => page.$eval(`[id="${id}"]`, ({ checked, indeterminate }) => [checked, indeterminate]);
  await page.focus('body');
  await tabTo(page, `s${bulk.number}.i1`);
  await page.keyboard.press('Space');
  assert.deepStrictEqual(await box(`s${bulk.number}-done`), [false, true], 'some of it is done');
  await page.focus(`#s${bulk.number}-done`);
  await page.keyboard.press('Space');
  assert.deepStrictEqual(await box(`s${bulk.number}.i${bulk.items.length}`), [true, false], 'the step ticks its people');
  assert.deepStrictEqual(await box(`s${bulk.number}-done`), [true, false]);
  assert.strictEqual(await said(page), `2 of ${total} steps done`);
  await page.focus(`[id="s${bulk.number}.i2"]`);
  await page.keyboard.press('Space');
  assert.strictEqual(await said(page), `1 of ${total} steps done`);
  const last = runbook.steps[total - 1];
  await tabTo(page, `s${last.number}-missing`);
  await page.keyboard.press('Space');

  // What is ticked stays over a reload.
  await page.reload();
  assert.strictEqual(await said(page), `1 of ${total} steps done`);
  assert.deepStrictEqual(await box(`s${bulk.number}.i1`), [true, false]);
  assert.deepStrictEqual(await box(`s${bulk.number}.i2`), [false, false]);
  assert.deepStrictEqual(await box(`s${bulk.number}-done`), [false, true]);
  assert.deepStrictEqual(await box(`s${last.number}-missing`), [true, false]);

  // The confirmation, by keyboard too.
  await tabTo(page, 'export');
  const value = await exported(page, path.join(worlds, 'plain', 'downloads'), () => page.keyboard.press('Enter'));
  const expected = [single.items[0].id, ...bulk.items.filter((_, i) => i !== 1).map((item) => item.id)];
  assert.deepStrictEqual([...value.done].sort(), expected.sort());
  assert.deepStrictEqual(value.missing, [last.control]);
  assert.deepStrictEqual(value.runbook, runbook);

  // Names: where the clipboard is not to be had, they are selected.
  const button = `[data-copy="s${bulk.number}-names"]`;
  const names = bulk.items.map((item) => item.name).join('\n');
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'clipboard', {
      configurable: true, value: { writeText: async (text) => { window.pasted = text; } },
    });
  });
  await page.click(button);
  await page.waitForFunction(() => document.getElementById('said').textContent === 'Names copied');
  assert.strictEqual(await page.evaluate(() => window.pasted), names);
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { configurable: true, value: undefined }));
  await page.click(button);
  await page.waitForFunction(() => document.getElementById('said').textContent.startsWith('Names selected'));
  assert.strictEqual(await page.evaluate(() => getSelection().toString()), names);

  // Headings go down one by one, and there is one of the first.
  const levels = await page.$$eval('h1, h2, h3', (all) => all.map((each) => Number(each.tagName[1])));
  assert.strictEqual(levels.filter((level) => level === 1).length, 1);
  assert(levels.every((level, i) => i === 0 || level <= levels[i - 1] + 1), levels.join());

  // On paper everything is unfolded.
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.strictEqual(await page.$$eval('details:not([open])', (all) => all.length), 0);
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  const pdf = await page.pdf({ path: path.join(pictures, 'plain.pdf'), format: 'A4' });
  assert(pdf.length > 10000, 'it prints');

  await page.evaluate(() => getSelection().removeAllRanges());
  await accessible(page, 'plain');
  assert.deepStrictEqual(wrong, []);
  await context.close();
  console.log('plain: keyboard, reload, export, names, paper, axe in light and dark: right');
}

// A browser that keeps nothing for a page from a disk.
async function forgetful(browser) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const wrong = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  await page.evaluateOnNewDocument(() => {
    Object.defineProperty(window, 'localStorage', { get() { throw new Error('not here'); } });
  });
  await page.goto(url('plain'));
  await page.click('#s1-done');
  assert((await said(page)).startsWith('1 of'));
  assert.deepStrictEqual(wrong, []);
  await context.close();
  console.log('a browser without storage: right');
}

async function hostile(browser) {
  const { context, page, wrong } = await open(browser, 'hostile');
  assert((await page.title()).startsWith('Runbook for plan'));
  assert.strictEqual((await page.$$('h1')).length, 1);
  assert.strictEqual((await page.$$('img')).length, 0);
  assert.strictEqual((await page.$$('script')).length, 2);
  const text = await page.$eval('main', (element) => element.textContent);
  assert(text.includes("<script>document.title='owned'</script>@acme.example"), 'it is shown as it is');
  await page.click('#s1-done');
  const value = await exported(page, path.join(worlds, 'hostile', 'downloads'), () => page.click('#export'));
  assert.strictEqual(value.done.length, value.runbook.steps[0].items.length);
  await accessible(page, 'hostile');
  assert.deepStrictEqual(wrong, []);
  await context.close();
  console.log('names that want to be markup: inert');
}

async function large(browser) {
  const begun = Date.now();
  const { context, page, wrong } = await open(browser, 'large');
  const loaded = Date.now() - begun;
  const runbook = await page.$eval('#runbook', (element) => JSON.parse(element.textContent));
  const most = runbook.steps.reduce((a, b) => (a.items.length > b.items.length ? a : b));
  assert(most.items.length >= 18000, 'one step for nearly everybody');
  const ticking = Date.now();
  await page.click(`#s${most.number}-done`);
  assert((await said(page)).startsWith('1 of'));
  const ticked = Date.now() - ticking;
  const unfolding = Date.now();
  await page.click(`#s${most.number} summary`);
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const unfolded = Date.now() - unfolding;
  const value = await exported(page, path.join(worlds, 'large', 'downloads'), () => page.click('#export'));
  assert.strictEqual(value.done.length, most.items.length);
  assert.deepStrictEqual(wrong, []);
  await context.close();
  const size = (fs.statSync(path.join(worlds, 'large', 'runbook.html')).size / 1e6).toFixed(1);
  console.log(`20,000 people, ${runbook.steps.length} steps, ${size} MB: loaded in ${loaded} ms, a step of ${most.items.length} ticked in ${ticked} ms, unfolded in ${unfolded} ms`);
}

(async () => {
  const browser = await puppeteer.launch({
    executablePath: browserPath, headless: true, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'],
  });
  try {
    await plain(browser);
    await forgetful(browser);
    await hostile(browser);
    await large(browser);
  } finally {
    await browser.close();
  }
})().catch((error) => { console.error(error); process.exit(1); });
