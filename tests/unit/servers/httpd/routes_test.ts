import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import type { LogFields } from "../../../../src/platform/mod.ts";
import { createApp } from "../../../../src/servers/httpd/app.ts";
import { CallButton } from "../../../../src/servers/httpd/call_button.ts";
import { EventStreams } from "../../../../src/servers/httpd/events.ts";
import { securityHeaders } from "../../../../src/servers/httpd/headers.ts";
import { Updates } from "../../../../src/servers/httpd/updates.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { FakeStatusSource } from "../../../support/status_source.ts";
import { MOMENT } from "./views/samples.ts";

const HOST = "http://192.168.7.2:8080";

/** The routes with a fake source behind them; no socket. */
async function start() {
  const source = new FakeStatusSource();
  const clock = new ManualClock();
  const logged: [event: string, fields: LogFields | undefined][] = [];
  const note = (event: string, fields?: LogFields) => logged.push([event, fields]);
  const log = { error: note, warn: note, info: note, debug: note };
  const { signal } = new AbortController();
  const app = createApp({
    source,
    callButton: new CallButton({
      ...{ source, clock, log },
      isFree: (address) => address.startsWith("10.1.1."),
      mayManage: (address) => !address.startsWith("192.0.2."),
    }),
    events: new EventStreams({ updates: new Updates(() => Promise.reject()), log, signal }),
    headers: await securityHeaders(),
    hostnames: ["branch.example"],
    moment: () => MOMENT,
    log,
  });
  const request = async (path: string, init: RequestInit = {}, from = "192.168.7.50") =>
    await app.request(HOST + path, init, { remote: { host: from, port: 4000 } });
  return { app, source, clock, logged, request };
}

/** A form as a browser sends it from the page itself. */
function form(password: string, headers: HeadersInit = { Origin: HOST }): RequestInit {
  return { method: "POST", body: new URLSearchParams({ password }), headers };
}

Deno.test("GET / shows the page", async () => {
  const { request } = await start();
  const response = await request("/");
  strictEqual(response.status, 200);
  strictEqual(response.headers.get("content-type"), "text/html; charset=UTF-8");
  match(await response.text(), /<h1>mail\.branch\.example<\/h1>/);
});

Deno.test("every answer carries the security headers", async (t) => {
  const { request, source } = await start();
  const cases: readonly [path: string, init: RequestInit, status: number][] = [
    ["/", {}, 200],
    ["/status.json", {}, 200],
    ["/healthz", {}, 200],
    ["/call", {}, 303],
    ["/call", form("wrong"), 303],
    ["/call", form("x", { Origin: "http://evil.test" }), 403],
    ["/nothing", {}, 404],
    ["/", { method: "DELETE" }, 405],
    ["/call", form("x".repeat(5000)), 413],
  ];
  for (const [path, init, status] of cases) {
    await t.step(`${init.method ?? "GET"} ${path} ${status}`, async () => {
      const { headers, status: got } = await request(path, init);
      strictEqual(got, status);
      match(headers.get("content-security-policy")!, /^default-src 'none'; script-src 'sha256-/);
      match(headers.get("content-security-policy")!, /frame-ancestors 'none'/);
      strictEqual(headers.get("x-content-type-options"), "nosniff");
      strictEqual(headers.get("referrer-policy"), "same-origin");
      strictEqual(headers.get("cache-control"), "no-store");
    });
  }
  await t.step("500", async () => {
    source.next = new Error("secret path /var/spool");
    strictEqual((await request("/")).headers.get("x-content-type-options"), "nosniff");
  });
});

Deno.test("GET /status.json is the snapshot", async () => {
  const { request, source } = await start();
  const response = await request("/status.json");
  strictEqual(response.headers.get("content-type"), "application/json");
  deepStrictEqual(await response.json(), JSON.parse(JSON.stringify(await source.snapshot())));
});

Deno.test("GET /healthz says whether the status can be read", async () => {
  const { request, source } = await start();
  strictEqual(await (await request("/healthz")).text(), "ok\n");
  source.next = new Error("disk");
  const response = await request("/healthz");
  strictEqual(response.status, 503);
  strictEqual(await response.text(), "not ok\n");
});

Deno.test("what cannot be answered is said in plain words, without why", async (t) => {
  const { request, source, logged } = await start();
  const cases: readonly [
    name: string,
    path: string,
    init: RequestInit,
    status: number,
    want: RegExp,
  ][] = [
    ["no such page", "/%3Cscript%3E", {}, 404, /There is no such page/],
    ["a method of elsewhere", "/call", { method: "PUT" }, 405, /answers to POST only/],
    ["a form of elsewhere", "/call", form("x", { Origin: "null" }), 403, /came from another page/],
    ["too much", "/call", form("x".repeat(5000)), 413, /no password is that long/],
  ];
  for (const [name, path, init, status, want] of cases) {
    await t.step(name, async () => {
      const response = await request(path, init);
      strictEqual(response.status, status);
      match(await response.text(), want);
    });
  }
  await t.step("a failure", async () => {
    source.next = new Error("Cannot read /var/spool/dmail");
    const response = await request("/");
    strictEqual(response.status, 500);
    const text = await response.text();
    match(text, /its log says what/);
    doesNotMatch(text, /spool|Error:|at /);
    deepStrictEqual(logged.at(-1), ["Cannot answer a request", {
      path: "/",
      error: "Error: Cannot read /var/spool/dmail",
    }]);
  });
});

Deno.test("405 names the methods that would do", async () => {
  const { request } = await start();
  strictEqual((await request("/", { method: "POST" })).headers.get("allow"), "GET, HEAD");
  strictEqual((await request("/call", { method: "DELETE" })).headers.get("allow"), "POST");
});

Deno.test("POST /call begins a call for the manager password, and comes back to the page", async () => {
  const { request, source, logged } = await start();
  const response = await request("/call", form("open sesame"));
  strictEqual(response.status, 303);
  strictEqual(response.headers.get("location"), "/?call=started");
  strictEqual(source.calls, 1);
  deepStrictEqual(logged, [["Call asked for on the page", { from: "192.168.7.50" }]]);
  match(await (await request("/?call=started")).text(), /role="status">The call has begun\./);
  const again = await request("/call", form("open sesame"));
  strictEqual(again.headers.get("location"), "/?call=running");
});

Deno.test("POST /call takes no password from an address that may not give commands", async () => {
  const { request, source } = await start();
  const response = await request("/call", form("open sesame"), "192.0.2.7");
  strictEqual(response.headers.get("location"), "/?call=elsewhere");
  deepStrictEqual([source.calls, source.checked], [0, []]);
  match(await (await request("/?call=elsewhere")).text(), /lets nobody ask for a call from here/);
});

Deno.test("POST /call begins nothing without the password", async (t) => {
  const multipart = new FormData();
  multipart.set("password", new File(["open sesame"], "password"));
  const cases: readonly [name: string, init: RequestInit][] = [
    ["a wrong one", form("open says me")],
    ["none", { method: "POST", headers: { Origin: HOST } }],
    ["a file", { method: "POST", body: multipart, headers: { Origin: HOST } }],
    ["JSON", {
      method: "POST",
      body: '{"password":"open sesame"}',
      headers: { Origin: HOST, "Content-Type": "application/json" },
    }],
    ["a broken form", {
      method: "POST",
      body: "--",
      headers: { Origin: HOST, "Content-Type": "multipart/form-data" },
    }],
  ];
  for (const [name, init] of cases) {
    await t.step(name, async () => {
      const { request, source, logged } = await start();
      strictEqual((await request("/call", init)).headers.get("location"), "/?call=wrong");
      strictEqual(source.calls, 0);
      doesNotMatch(JSON.stringify(logged), /open/);
    });
  }
  const { request } = await start();
  const text = await (await request("/?call=wrong")).text();
  match(text, /role="alert">That is not the manager password\./);
  match(text, /<details class="callnow" open>/);
});

Deno.test("POST /call says how to set a password when there is none", async () => {
  const { request, source } = await start();
  source.password = undefined;
  const response = await request("/call", form("anything"));
  strictEqual(response.headers.get("location"), "/?call=unset");
  match(await (await request("/?call=unset")).text(), /No manager password is set/);
});

Deno.test("POST /call makes one who guesses wait, and nobody else", async () => {
  const { request, source, clock } = await start();
  const press = async (password: string, from?: string) =>
    (await request("/call", form(password), from)).headers.get("location");
  strictEqual(await press("first"), "/?call=wrong");
  strictEqual(await press("open sesame"), "/?call=wait");
  deepStrictEqual(source.checked, ["first"]);
  match(await (await request("/?call=wait")).text(), /You can try again in 1 s\./);
  strictEqual(await press("open sesame", "192.168.7.51"), "/?call=started");
  await clock.advance(1000);
  match(await (await request("/?call=wait")).text(), /You can try again now\./);
  strictEqual(await press("open sesame"), "/?call=running");
});

Deno.test("POST /call makes nobody wait whose address is free of limits", async () => {
  const { request, source } = await start();
  for (const password of ["one", "two", "three", "open sesame"]) {
    await request("/call", form(password), "10.1.1.9");
  }
  strictEqual(source.checked.length, 4);
  strictEqual(source.calls, 1);
});

Deno.test("POST /call is refused when another page sent it", async (t) => {
  const cases: readonly [name: string, headers: HeadersInit, status: number][] = [
    ["same origin", { Origin: HOST }, 303],
    ["same site by Sec-Fetch-Site", { "Sec-Fetch-Site": "same-origin" }, 303],
    ["another host", { Origin: "http://evil.test" }, 403],
    ["another port", { Origin: "http://192.168.7.2:80" }, 403],
    ["a sandbox", { Origin: "null" }, 403],
    ["no origin at all", {}, 403],
    ["cross-site", { "Sec-Fetch-Site": "cross-site" }, 403],
  ];
  for (const [name, headers, status] of cases) {
    await t.step(name, async () => {
      const { request, source } = await start();
      strictEqual((await request("/call", form("open sesame", headers))).status, status);
      strictEqual(source.calls, status === 303 ? 1 : 0);
    });
  }
});

Deno.test("a name that is not ours is not answered", async (t) => {
  const cases: readonly [url: string, status: number][] = [
    ["http://mail.branch.example:8080/", 200],
    ["http://[fd00::2]:8080/", 200],
    ["http://evil.test/", 421],
    ["http://evil.test/status.json", 421],
  ];
  for (const [url, status] of cases) {
    await t.step(url, async () => {
      const { app, source } = await start();
      const response = await app.request(url, {}, { remote: { host: "10.0.0.1", port: 1 } });
      strictEqual(response.status, status);
      strictEqual(source.snapshots, status === 200 ? 1 : 0);
    });
  }
});

Deno.test("GET /call, where a browser may end up by itself, leads to the page", async () => {
  const { request } = await start();
  const response = await request("/call");
  strictEqual(response.headers.get("location"), "/");
});

Deno.test("GET / takes no words from its address", async () => {
  const { request } = await start();
  const text = await (await request("/?call=%3Cb%3Eyou+won")).text();
  doesNotMatch(text, /you won|class="notice/);
});

Deno.test("HEAD /events opens no stream", async () => {
  const { request } = await start();
  const response = await request("/events", { method: "HEAD" });
  strictEqual(response.status, 200);
  strictEqual(response.headers.get("content-type"), "text/event-stream");
  strictEqual(response.body, null);
});
