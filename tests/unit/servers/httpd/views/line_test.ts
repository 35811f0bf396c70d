import { doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import type { LinkState } from "../../../../../src/domain/link/mod.ts";
import { renderLine } from "../../../../../src/servers/httpd/views/line.ts";
import { callingSnapshot, emptySnapshot, richSnapshot } from "../../../../support/status_source.ts";
import { MOMENT, textOf } from "./samples.ts";

Deno.test("renderLine() names each state of the line", async (t) => {
  const cases: readonly [state: LinkState, want: string, lamp: string][] = [
    ["down", "The line Down", "calm"],
    ["dialling", "The line Dialling", "busy"],
    ["up", "The line Up", "good"],
    ["hanging up", "The line Hanging up", "busy"],
  ];
  for (const [state, want, lamp] of cases) {
    await t.step(state, () => {
      const rich = richSnapshot();
      const shown = renderLine({ ...rich, line: { ...rich.line, state } }, MOMENT);
      ok(textOf(shown).includes(`${want} for 4 min Dialled when needed`), textOf(shown));
      match(String(shown), new RegExp(`class="lamp ${lamp}"`));
    });
  }
});

Deno.test("renderLine() tells of the last call and the next", () => {
  const text = textOf(renderLine(richSnapshot(), MOMENT));
  match(text, /Last call 4 min ago Not all went well\. Collected 12 messages, sent 3, in 48 s/);
  match(text, /Next call in 12 min at 13:12$/);
});

Deno.test("renderLine() has no bad word for a call that went well", () => {
  const rich = richSnapshot();
  const shown = renderLine({ ...rich, lastCall: { ...rich.lastCall!, ok: true } }, MOMENT);
  doesNotMatch(textOf(shown), /Not all went well/);
});

Deno.test("renderLine() says so when there was no call and none is planned", () => {
  const text = textOf(renderLine(emptySnapshot(), MOMENT));
  match(text, /Last call None yet No call has been made/);
  match(text, /Next call Not planned Someone has to ask for it$/);
});

Deno.test("renderLine() shows the call in progress, account by account", () => {
  const shown = renderLine(callingSnapshot(5), MOMENT);
  const text = textOf(shown);
  match(text, /Next call Going on now The one after it: in 12 min/);
  for (
    const want of [
      "Call in progress For 34 s, asked for on this page",
      "The line is up after 12 s",
      "Asked the provider for mail to branch.example: 250 Queuing started",
      "office@pop.provider.example Collecting: 5 of 12 messages, 151 KB of 402 KB",
      "sales@pop.provider.example Connecting",
      "info@mail.other-provider.example The server refused the password",
      "Sending: 3 messages sent, 2 to go",
    ]
  ) ok(text.includes(want), `${want} not in: ${text}`);
});

Deno.test("renderLine() says what was sent and what came to nothing", async (t) => {
  const cases = [
    {
      event: { delivered: 1, waiting: 0, failed: 0 },
      want: /Sending: 1 message sent, none left to go$/,
    },
    {
      event: { delivered: 0, waiting: 2, failed: 1 },
      want: /Sending: 0 messages sent, 2 to go, 1 returned to the sender$/,
    },
  ];
  for (const { event, want } of cases) {
    await t.step(JSON.stringify(event), () => {
      const calling = callingSnapshot();
      const call = { ...calling.line.call!, events: [{ kind: "sent", ...event } as const] };
      match(
        textOf(renderLine({ ...calling, line: { ...calling.line, call } }, MOMENT)).trim(),
        want,
      );
    });
  }
});

Deno.test("renderLine() draws a bar by octets, by messages, or an empty one", () => {
  const calling = callingSnapshot();
  const common = { kind: "account", account: "a@b", phase: "fetching" } as const;
  const events = [
    { ...common, messages: 1, messagesTotal: 4, octets: 900, octetsTotal: 1000 },
    { ...common, messages: 1, messagesTotal: 4, octets: 0, octetsTotal: 0 },
    { ...common, messages: 0, messagesTotal: 0, octets: 0, octetsTotal: 0 },
    { ...common, messages: 4, messagesTotal: 4, octets: 1200, octetsTotal: 1000 },
  ];
  const line = { ...calling.line, call: { ...calling.line.call!, events } };
  const bars = String(renderLine({ ...calling, line }, MOMENT))
    .matchAll(/<progress value="(\d+)" max="(\d+)"/g).map(([, value, max]) => `${value}/${max}`);
  strictEqual([...bars].join(" "), "900/1000 1/4 0/1 1000/1000");
});
