/** The status page as people see it: in a browser, on a phone and on a desk. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { type Browser, type BrowserContextOptions, chromium } from "playwright-core";
import { startHttpd, type StatusSnapshot } from "../../src/servers/httpd/mod.ts";
import { ManualClock } from "../support/manual_clock.ts";
import { findProgram, installed } from "../support/peers.ts";
import { silentLog } from "../support/silent_log.ts";
import {
  callingSnapshot,
  emptySnapshot,
  FakeStatusSource,
  richSnapshot,
  SAMPLE_TIME_MS,
} from "../support/status_source.ts";

const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // By name over plain HTTP, as in an office: browsers trust 127.0.0.1 more than that.
  "--host-resolver-rules=MAP mail.branch.example 127.0.0.1",
];

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 900 };

/** The page on a real socket, with a fake appliance behind it. */
async function startPage() {
  const source = new FakeStatusSource();
  const clock = new ManualClock(SAMPLE_TIME_MS);
  const httpd = await startHttpd(
    { host: "127.0.0.1", port: 0, timeZone: "Europe/Oslo", hostnames: ["branch.example"] },
    { source, clock, log: silentLog, signal: new AbortController().signal },
  );
  return {
    source,
    clock,
    url: `http://mail.branch.example:${httpd.listening.split(":")[1]}/`,
    [Symbol.asyncDispose]: () => httpd[Symbol.asyncDispose](),
  };
}

/** Opens `url` in a browser profile of its own, and remembers what the browser complains about. */
async function open(browser: Browser, url: string, options: BrowserContextOptions) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (said) => said.type() === "error" && complaints.push(said.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, complaints, requests, [Symbol.asyncDispose]: () => context.close() };
}

/**
 * Runs in the browser: text with less contrast to what is behind it than WCAG 2.2 asks for (1.4.3,
 * level AA).
 */
const FAINT_TEXTS = `(() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = numbers(color).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return numbers(color)[3] === 0 ? behind(element.parentElement) : color;
  };
  const ownText = (element) => [...element.childNodes].filter((node) => node.nodeType === 3)
    .map((node) => node.textContent).join("").trim();
  const contrast = (element) => {
    const [a, b] = [getComputedStyle(element).color, behind(element)].map(luminance);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  return [...document.body.querySelectorAll("*:not(script, noscript)")]
    .filter((element) => ownText(element) !== "" && element.checkVisibility())
    .filter((element) => contrast(element) < 4.5)
    .map((element) => contrast(element).toFixed(1) + " " + ownText(element));
})()`;

/** Runs in the browser: by how many pixels the page is wider than the window. */
const OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

/** Names without a place to break, as long as they are let in. */
function unbreakable(): StatusSnapshot {
  const rich = callingSnapshot();
  const long = "x".repeat(300);
  return {
    ...rich,
    hostname: long,
    accounts: rich.accounts.map((account) => ({ ...account, account: long, result: long })),
    queue: rich.queue.map((entry) => ({
      ...entry,
      sender: long,
      pending: entry.pending.map((one) => ({ ...one, address: long, lastReason: long })),
    })),
    users: [{ user: long, messages: 1e9, octets: 1e15 }],
    servers: [{ name: long, listening: [long], sessions: 1e9 }],
    problems: [{ severity: "error" as const, text: long }],
    log: [{ atMs: rich.atMs, program: long, level: "error" as const, text: long }],
  };
}

async function fits(browser: Browser, snapshot: StatusSnapshot, viewport: typeof PHONE) {
  await using server = await startPage();
  server.source.next = snapshot;
  await using opened = await open(browser, server.url, { viewport });
  await opened.page.locator("#now.live").waitFor();
  strictEqual(await opened.page.evaluate(OVERFLOW), 0);
  deepStrictEqual(opened.complaints, []);
}

async function canBeRead(browser: Browser, colorScheme: "light" | "dark") {
  await using server = await startPage();
  server.source.next = callingSnapshot();
  await using opened = await open(browser, `${server.url}?call=wrong`, { colorScheme });
  deepStrictEqual(await opened.page.evaluate(FAINT_TEXTS), []);
}

/** An account whose name and result are of the length that providers make them. */
function ordinaryNames(): StatusSnapshot {
  const calling = callingSnapshot();
  const report = {
    ...calling.accounts[0]!,
    account: "skerry@pop.coastnet.example",
    result: `pop.nowhere.example refused the connection: ${"tried again ".repeat(12)}`,
    ok: false,
  };
  const call = { ...calling.line.call!, events: [{ kind: "account done" as const, report }] };
  return { ...calling, accounts: [report], line: { ...calling.line, call } };
}

/**
 * Runs in the browser: where the lines of text of the first element that matches begin, counted in
 * pixels from the end of the lamp before them.
 */
const lineStarts = (selector: string) =>
  `(() => {
  const element = document.querySelector(${JSON.stringify(selector)});
  const lamp = element.querySelector(".lamp");
  const end = lamp.getBoundingClientRect().right + parseFloat(getComputedStyle(lamp).marginRight);
  const range = document.createRange();
  range.setStartAfter(lamp);
  range.setEndAfter(element.lastChild);
  const starts = [];
  let lowest = -Infinity;
  for (const { left, top, bottom } of range.getClientRects()) {
    if (top >= lowest - 1) starts.push(Math.round(left - end));
    lowest = Math.max(lowest, bottom);
  }
  return starts;
})()`;

async function keepsAddressWhole(browser: Browser) {
  await using server = await startPage();
  server.source.next = ordinaryNames();
  await using opened = await open(browser, server.url, { viewport: DESK });
  deepStrictEqual(await opened.page.evaluate(lineStarts("#accounts td.main")), [0]);
}

async function indentsBehindLamp(browser: Browser, viewport: typeof PHONE) {
  await using server = await startPage();
  server.source.next = ordinaryNames();
  await using opened = await open(browser, server.url, { viewport });
  const starts = await opened.page.evaluate(lineStarts(".call li")) as number[];
  ok(starts.length > 1, "the text must be longer than a line");
  deepStrictEqual(starts, starts.map(() => 0));
}

async function loadsNothingElse(browser: Browser) {
  await using server = await startPage();
  await using opened = await open(browser, server.url, { viewport: DESK });
  await opened.page.locator("#now.live").waitFor();
  const requests = opened.requests.filter((url) => !url.startsWith("data:"));
  deepStrictEqual(requests, [server.url, `${server.url}events`]);
}

async function changesByItself(browser: Browser) {
  await using server = await startPage();
  await using opened = await open(browser, server.url, { viewport: PHONE });
  const { page } = opened;
  await page.locator("#now.live").waitFor();
  await page.getByText("Call now").click();
  await page.getByLabel("Manager password").fill("half a pass");
  server.source.change({
    ...richSnapshot(),
    hostname: "only a new document would show this",
    users: [{ user: "zoe", messages: 7, octets: 70_000 }],
  });
  const row = page.locator("#mailboxes tr", { hasText: "zoe" });
  await row.getByText("7", { exact: true }).waitFor();
  strictEqual(await page.locator("h1").textContent(), "mail.branch.example");
  strictEqual(await page.getByLabel("Manager password").inputValue(), "half a pass");
  deepStrictEqual(opened.complaints, []);
}

/** So many log lines, the latest of which is the last. */
function logged(lines: number): StatusSnapshot {
  const rich = richSnapshot();
  const line = rich.log[0]!;
  const log = Array.from(
    { length: lines },
    (_, index) => ({ ...line, text: `event ${index + 1}` }),
  );
  return { ...rich, log };
}

async function foldsEarlierEvents(browser: Browser, javaScriptEnabled: boolean) {
  await using server = await startPage();
  server.source.next = logged(9);
  await using opened = await open(browser, server.url, { viewport: PHONE, javaScriptEnabled });
  const { page } = opened;
  const oldest = page.getByText("event 1", { exact: true });
  await page.getByText("event 2", { exact: true }).waitFor();
  strictEqual(await oldest.isVisible(), false);
  await page.getByText("Earlier events").click();
  await oldest.waitFor();
}

async function leavesEarlierEventsOpen(browser: Browser) {
  await using server = await startPage();
  server.source.next = logged(8);
  await using opened = await open(browser, server.url, { viewport: PHONE });
  const { page } = opened;
  await page.locator("#now.live").waitFor();
  strictEqual(await page.getByText("Earlier events").isVisible(), false);
  server.source.change(logged(9));
  await page.getByText("Earlier events").click();
  server.source.change(logged(10));
  await page.locator("#log").getByText("event 10", { exact: true }).waitFor();
  await page.locator("#earlier").getByText("event 2", { exact: true }).waitFor();
  deepStrictEqual(opened.complaints, []);
}

async function followsCall(browser: Browser) {
  await using server = await startPage();
  await using opened = await open(browser, server.url, { viewport: PHONE });
  const { page } = opened;
  const bar = page.getByRole("progressbar", { name: "office@pop.provider.example" });
  const seen: (string | null)[] = [];
  for (const messages of [2, 8, 12]) {
    server.source.change(callingSnapshot(messages));
    await page.getByText(`${messages} of 12 messages`).waitFor();
    seen.push(await bar.getAttribute("value"));
  }
  deepStrictEqual(seen, ["62000", "248000", "372000"]);
  strictEqual(await page.getByText("Call now").isVisible(), false);
  server.source.change(richSnapshot());
  await page.getByText("Call now").waitFor();
}

async function saysWhenServerIsGone(browser: Browser) {
  await using server = await startPage();
  await using opened = await open(browser, server.url, { viewport: PHONE });
  await opened.page.locator("#now.live").waitFor();
  await server[Symbol.asyncDispose]();
  await opened.page.locator("#now.lost").waitFor();
  strictEqual(await opened.page.locator("#now").textContent(), "Not connected, as of 13:00:00");
}

async function callsNow(browser: Browser, javaScriptEnabled: boolean) {
  await using server = await startPage();
  await using opened = await open(browser, server.url, { viewport: PHONE, javaScriptEnabled });
  const { page } = opened;
  const press = async (password: string) => {
    await page.getByLabel("Manager password").fill(password);
    await page.getByRole("button", { name: "Begin the call" }).click();
  };
  await page.getByText("Call now").click();
  await press("wrong");
  await page.getByRole("alert").getByText("That is not the manager password.").waitFor();
  await press("open sesame");
  await page.getByRole("alert").getByText("You can try again in 1 s.").waitFor();
  await server.clock.advance(1000);
  await press("open sesame");
  await page.locator(".notice").getByText("The call has begun.").waitFor();
  strictEqual(server.source.calls, 1);
  // With scripts, loading the page again does not show the old notice again.
  if (javaScriptEnabled) strictEqual(page.url(), server.url);
}

async function readsWithoutScripts(browser: Browser) {
  await using server = await startPage();
  const options = { viewport: PHONE, javaScriptEnabled: false };
  await using opened = await open(browser, server.url, options);
  const text = await opened.page.locator("body").innerText();
  const wanted = [
    "As of 13:00:00",
    "4 min ago",
    "Collected 12",
    "head.office@example.org",
    "1.8 MB",
  ];
  for (const want of wanted) ok(text.includes(want), want);
  const refresh = opened.page.locator("meta[http-equiv=refresh]");
  match(await refresh.getAttribute("content") ?? "", /^60;/);
}

async function tellsHowToSetPassword(browser: Browser) {
  await using server = await startPage();
  server.source.next = emptySnapshot();
  await using opened = await open(browser, server.url, { viewport: PHONE });
  await opened.page.getByText("Call now").click();
  await opened.page.getByText("dmail tellpop password", { exact: true }).waitFor();
}

const SNAPSHOTS = {
  rich: richSnapshot(),
  empty: emptySnapshot(),
  calling: callingSnapshot(),
  unbreakable: unbreakable(),
};

const STEPS: Record<string, (browser: Browser) => Promise<void>> = {
  ...Object.fromEntries(
    Object.entries(SNAPSHOTS).flatMap(([name, snapshot]) =>
      [PHONE, DESK].map((viewport) => [
        `fits into ${viewport.width} px when ${name}`,
        (browser: Browser) => fits(browser, snapshot, viewport),
      ])
    ),
  ),
  "can be read when it is light": (browser) => canBeRead(browser, "light"),
  "can be read when it is dark": (browser) => canBeRead(browser, "dark"),
  "keeps an address on one line where there is room": keepsAddressWhole,
  "indents a long result behind its lamp on a phone": (browser) =>
    indentsBehindLamp(browser, PHONE),
  "indents a long result behind its lamp on a desk": (browser) => indentsBehindLamp(browser, DESK),
  "loads one document and its events, and nothing else": loadsNothingElse,
  "changes by itself, and leaves alone what is being typed": changesByItself,
  "folds earlier events with scripts": (browser) => foldsEarlierEvents(browser, true),
  "folds earlier events without scripts": (browser) => foldsEarlierEvents(browser, false),
  "leaves earlier events open when more happens": leavesEarlierEventsOpen,
  "follows a call with a bar for each mailbox": followsCall,
  "says when the mail server is gone": saysWhenServerIsGone,
  "calls now with scripts": (browser) => callsNow(browser, true),
  "calls now without scripts": (browser) => callsNow(browser, false),
  "can be read without scripts": readsWithoutScripts,
  "says how to set a password when there is none": tellsHowToSetPassword,
};

Deno.test({
  name: "the status page in a browser",
  ignore: !installed("chromium"),
  async fn(t) {
    await using browser = await chromium.launch({
      executablePath: findProgram("chromium")!,
      args: CHROMIUM_ARGS,
    });
    for (const [name, step] of Object.entries(STEPS)) await t.step(name, () => step(browser));
  },
});
