import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import { eachOnce, findRecipients, senderOf } from "../../../../src/agents/popfetch/recipients.ts";
import { parseHeader } from "../../../../src/formats/header.ts";

const header = (...lines: string[]) =>
  parseHeader(new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n"));
const none = { to: "", header: "", domain: "" };

Deno.test("findRecipients() reads what providers write", async (t) => {
  const cases = [
    {
      style: "Delivered-To",
      rules: { header: "Delivered-To" },
      lines: ["Delivered-To: bob@x.example", "To: list@y.example"],
      want: { addresses: ["bob@x.example"], where: "Delivered-To" },
    },
    {
      style: "X-Original-To beside Delivered-To",
      rules: { header: "X-Original-To" },
      lines: ["X-Original-To: bob@x.example", "Delivered-To: mbox@p.example"],
      want: { addresses: ["bob@x.example"], where: "X-Original-To" },
    },
    {
      style: "Envelope-To with several",
      rules: { header: "Envelope-To" },
      lines: ["Envelope-to: bob@x.example, anna@x.example"],
      want: { addresses: ["bob@x.example", "anna@x.example"], where: "Envelope-To" },
    },
    {
      style: "X-Envelope-To in brackets",
      rules: { header: "X-Envelope-To" },
      lines: ["X-Envelope-To: <bob@x.example>"],
      want: { addresses: ["bob@x.example"], where: "X-Envelope-To" },
    },
    {
      style: "pf_header in another case, folded, twice",
      rules: { header: "x-ENVELOPE-to" },
      lines: [
        "X-Envelope-To:",
        " bob@x.example,",
        "\tanna@x.example",
        "X-Envelope-To: carl@x.example",
      ],
      want: {
        addresses: ["bob@x.example", "anna@x.example", "carl@x.example"],
        where: "x-ENVELOPE-to",
      },
    },
    {
      style: "X-Rcpt-To before To",
      rules: {},
      lines: ["To: list@y.example", "X-Rcpt-To: bob@x.example"],
      want: { addresses: ["bob@x.example"], where: "X-Rcpt-To" },
    },
    {
      style: "X-Recip-To",
      rules: {},
      lines: ["X-Recip-To: <bob@x.example>", "To: list@y.example"],
      want: { addresses: ["bob@x.example"], where: "X-Recip-To" },
    },
    {
      style: "To alone, with names and a group",
      rules: {},
      lines: ['To: "Bob, B." <bob@x.example>, Staff: anna@x.example;', "Cc: carl@x.example"],
      want: { addresses: ["bob@x.example", "anna@x.example"], where: "To" },
    },
    {
      style: "pf_header that is not there",
      rules: { header: "Delivered-To" },
      lines: ["To: bob@x.example"],
      want: { addresses: ["bob@x.example"], where: "To" },
    },
    {
      style: "pf_header that holds no address",
      rules: { header: "Delivered-To" },
      lines: ["Delivered-To: bob", "To: bob@x.example"],
      want: { addresses: ["bob@x.example"], where: "To" },
    },
    {
      style: "pf_domain",
      rules: { domain: "branch.example" },
      lines: ["To: bob@x.example, Anna <anna@y.example>"],
      want: { addresses: ["bob@branch.example", "anna@branch.example"], where: "To" },
    },
    {
      style: "pf_domain makes two addresses one",
      rules: { domain: "branch.example" },
      lines: ["To: bob@x.example, BOB@y.example"],
      want: { addresses: ["bob@branch.example"], where: "To" },
    },
    {
      style: "to= of the account, domain left alone",
      rules: { to: "bob@x.example", header: "To", domain: "branch.example" },
      lines: ["To: anna@x.example"],
      want: { addresses: ["bob@x.example"], where: "the account's to=" },
    },
    {
      style: "Bcc: nobody is named",
      rules: {},
      lines: ["To: undisclosed-recipients:;", "Cc: carl@x.example"],
      want: { addresses: [], where: "nowhere" },
    },
    {
      style: "no header at all",
      rules: {},
      lines: [],
      want: { addresses: [], where: "nowhere" },
    },
    {
      style: "8-bit names in Latin-1 and UTF-8 addresses",
      rules: {},
      lines: ["To: Jürgen <jürgen@x.example>"],
      want: { addresses: ["jürgen@x.example"], where: "To" },
    },
  ];
  for (const { style, rules, lines, want } of cases) {
    await t.step(style, () => {
      assertEquals(findRecipients(header(...lines), { ...none, ...rules }), want);
    });
  }
});

Deno.test("senderOf() reads Return-Path and nothing else", async (t) => {
  const cases = [
    { lines: ["Return-Path: <fred@world.example>"], want: "fred@world.example" },
    { lines: ["return-path: fred@world.example"], want: "fred@world.example" },
    { lines: ["Return-Path: <>"], want: "" },
    { lines: ["Return-Path: <MAILER-DAEMON>"], want: "" },
    { lines: ["Return-Path: garbage <<"], want: "" },
    { lines: ["From: fred@world.example"], want: "" },
  ];
  for (const { lines, want } of cases) {
    await t.step(lines.join(), () => strictEqual(senderOf(header(...lines)), want));
  }
});

Deno.test("eachOnce() drops what differs in case alone and keeps the first", () => {
  assertEquals(eachOnce(["Bob@x", "anna@x", "bob@X"]), ["Bob@x", "anna@x"]);
});
