#!/usr/bin/env node
// Drives the Microsoft 365 Agents Playground in headless Chromium against a bot on loopback, by a list of steps.
// node drive.mjs --endpoint URL --steps FILE --out FOLDER [--chromium PATH] [--now MOMENT]
// The page's clock stands still at --now, so that calendars open on a known day.
// The last line is "N passed, N failed"; exit 0 if nothing failed. FOLDER gets the pictures and exchanges.json.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const { values: given } = parseArgs({
  options: {
    endpoint: { type: 'string' },
    steps: { type: 'string' },
    out: { type: 'string' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    now: { type: 'string', default: '2026-11-23T10:00:00Z' },
  },
});
const PATIENCE = 60000; // for what is seen in a moment, on a machine that does a dozen other things
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
const here = path.dirname(new URL(import.meta.url).pathname);
const base = new URL(given.endpoint).origin;
fs.mkdirSync(given.out, { recursive: true });

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function until(found, otherwise) {
  for (const end = Date.now() + PATIENCE; Date.now() < end; await pause(50)) if (await found()) return;
  throw new Error(otherwise());
}

// The Playground reads its settings from the folder it is started in, and takes another port if the first is taken.
async function startPlayground() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'playground-'));
  fs.copyFileSync(path.join(here, 'people.yml'), path.join(folder, '.m365agentsplayground.yml'));
  const cli = createRequire(import.meta.url).resolve('@microsoft/m365agentsplayground/cli.js');
  const words = [cli, 'start', '-e', given.endpoint, '-c', 'msteams', '-p', '56180', '--disable-telemetry'];
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  child.stderr.on('data', (data) => (said += data));
  await until(() => /Listening on \d+/.test(said) || child.exitCode !== null, () => `no Playground: ${said}`);
  if (child.exitCode !== null) throw new Error(`the Playground ended: ${said}`);
  return { child, folder, port: Number(said.match(/Listening on (\d+)/)[1]) };
}

const exchanges = [];

function watch(page) {
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      let told;
      try {
        told = JSON.parse(payload);
      } catch {
        return;
      }
      const { log } = told;
      if (told.logAction !== 'appendLog' || !log?.request) return;
      exchanges.push({
        from: /User App/.test(log.from) ? 'bot' : 'client',
        name: log.activityName,
        request: log.request.body,
        status: log.response?.statusCode,
        response: log.response?.body,
      });
    }),
  );
}

const ran = (wanted) =>
  exchanges.some(
    (each) =>
      (!wanted.from || each.from === wanted.from) &&
      (!wanted.name || each.name === wanted.name) &&
      (!wanted.status || each.status === wanted.status) &&
      (!wanted.match || JSON.stringify(each).includes(wanted.match)),
  );

const kinds = (page) => ({
  say: async (words) => {
    await page.getByRole('textbox').last().click();
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
  },
  expect: (words) => page.getByText(words).filter({ visible: true }).first().waitFor({ timeout: PATIENCE }),
  gone: (words) => until(async () => !(await page.getByText(words).filter({ visible: true }).count()), () => 'still there'),
  fill: async ([label, value]) => page.getByLabel(label).last().fill(value),
  // A day of this month or the next, such as "12, December, 2026".
  day: async ([label, day]) => {
    await page.getByRole('combobox', { name: label }).last().click();
    await page.getByRole('grid').last().waitFor();
    const cell = page.getByRole('gridcell').filter({ has: page.locator(`button[aria-label="${day}"]`) }).last();
    if (!(await cell.count())) await page.getByRole('button', { name: /next month/i }).last().click();
    await cell.click();
  },
  picture: (words) =>
    until(
      () => page.getByAltText(words).last().evaluate((each) => each.naturalWidth > 400).catch(() => false),
      () => 'no such picture',
    ),
  size: ([width, height]) => page.setViewportSize({ width, height }),
  check: (label) => page.getByLabel(label).last().check(),
  // As one event: between the mouse's going down and up, on a busy machine, the client may draw the button anew.
  click: async (label) => {
    const button = page.getByRole('button', { name: label, exact: true }).last();
    await button.click({ trial: true });
    await button.evaluate((each) => each.click());
  },
  choose: async ([label, value]) => {
    const box = page.getByLabel(label).last();
    if (await box.evaluate((each) => each.tagName === 'SELECT')) return box.selectOption({ label: value });
    await box.click();
    return page.getByText(value, { exact: true }).last().click();
  },
  post: async ({ path: where, json }) => {
    const answer = await fetch(new URL(where, base), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(json ?? {}),
    });
    if (!answer.ok) throw new Error(`${where} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
  },
  exchange: (wanted) => until(() => ran(wanted), () => 'no such exchange'),
  shot: async (name) => {
    await pause(400);
    await page.screenshot({ path: path.join(given.out, name) });
  },
});

async function play(page) {
  const steps = JSON.parse(fs.readFileSync(given.steps, 'utf8'));
  const doing = kinds(page);
  for (const [index, step] of steps.entries()) {
    const [[kind, value]] = Object.entries(step);
    try {
      await doing[kind](value);
      console.log(`ok ${index + 1} ${kind} ${JSON.stringify(value)}`);
    } catch (wrong) {
      console.log(`FAIL ${index + 1} ${kind} ${JSON.stringify(value)}: ${wrong.message.split('\n')[0]}`);
      await page.screenshot({ path: path.join(given.out, `failed-${index + 1}.png`) });
      fs.writeFileSync(path.join(given.out, `failed-${index + 1}.html`), await page.content());
      return [index, 1];
    }
  }
  await pause(300);
  const refused = exchanges.filter(({ status }) => !(status >= 200 && status < 300));
  for (const each of refused) console.log(`FAIL ${JSON.stringify(each).slice(0, 900)}`);
  return [steps.length, refused.length];
}

const playground = await startPlayground();
const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'chromium-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: given.chromium,
  headless: true,
  viewport: { width: 1400, height: 1000 },
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
});
let passed = 0;
let failed = 1;
try {
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(PATIENCE);
  await page.clock.setFixedTime(new Date(given.now));
  await context.route((url) => !LOOPBACK.has(url.hostname), (route) => route.abort());
  watch(page);
  await page.goto(`http://127.0.0.1:${playground.port}/`);
  await page.getByText('Connected.').first().waitFor({ timeout: PATIENCE });
  [passed, failed] = await play(page);
} catch (wrong) {
  console.log(`FAIL ${wrong.message}`);
} finally {
  fs.writeFileSync(path.join(given.out, 'exchanges.json'), JSON.stringify(exchanges, null, 1));
  await context.close().catch(() => {});
  playground.child.kill();
  fs.rmSync(profile, { recursive: true, force: true });
  fs.rmSync(playground.folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
