import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { identityFor, type RobotUser } from "../../../../src/agents/mda/robot_identity.ts";
import type { SystemUsers } from "../../../../src/store/mod.ts";

const USERS = [
  { name: "root", uid: 0, gid: 0, home: "/root" },
  { name: "toor", uid: 0, gid: 0, home: "/root" },
  { name: "dmail", uid: 120, gid: 130, home: "/var/dmail" },
  { name: "robot", uid: 121, gid: 131, home: "/var/robot" },
  { name: "anna", uid: 1000, gid: 1001, home: "/home/anna" },
  { name: "nobody", uid: 65534, gid: 65533, home: "/nonexistent" },
];

const users: SystemUsers = {
  find: (who) => Promise.resolve(USERS.find(({ name, uid }) => name === who || uid === who)),
};

const user = (name: string): RobotUser => ({ kind: "user", user: name });

/** `name uid:gid home`, or why not. */
async function identity(
  ourUid: number | undefined,
  defaultUser: RobotUser | undefined,
  ownerUid: number | undefined,
  known = users,
): Promise<string> {
  const result = await identityFor({ defaultUser, ownerUid, ourUid, users: known });
  if (result.kind === "refused") {
    const { outcome } = result;
    return outcome.kind === "delivered"
      ? "?"
      : `${outcome.kind} ${outcome.status}: ${result.detail}`;
  }
  const { name, home, runAs } = result.identity;
  return `${name} ${runAs === undefined ? "as we are" : `${runAs.uid}:${runAs.gid}`} ${home}`;
}

Deno.test("identityFor() when we are root", async (t) => {
  const nobody = "nobody 65534:65533 /nonexistent";
  const cases = [
    {
      name: "set: always that user",
      set: user("robot"),
      owner: 1000,
      want: "robot 121:131 /var/robot",
    },
    { name: "set as a number", set: user("121"), owner: 1000, want: "robot 121:131 /var/robot" },
    { name: "a number without a name", set: user("777"), owner: 1000, want: "777 777:65534 /" },
    {
      name: "unset: the user's own",
      set: undefined,
      owner: 1000,
      want: "anna 1000:1001 /home/anna",
    },
    { name: "unset, a number only", set: undefined, owner: 2000, want: "2000 2000:65534 /" },
    { name: "unset, uid 0 is nobody", set: undefined, owner: 0, want: nobody },
    { name: "unset, unknown is nobody", set: undefined, owner: undefined, want: nobody },
  ];
  for (const { name, set, owner, want } of cases) {
    await t.step(name, async () => strictEqual(await identity(0, set, owner), want));
  }
});

Deno.test("identityFor() never makes a robot root", async (t) => {
  for (const set of ["root", "0", "00", "toor"]) {
    await t.step(set, async () => match(await identity(0, user(set), 1000), /^permanent 5.3.5: /));
  }
});

Deno.test("identityFor() runs nothing with -1, whoever we are", async () => {
  for (const ourUid of [0, 120, undefined]) {
    match(await identity(ourUid, { kind: "nobody" }, 1000), /^permanent 5.3.3: robots are off$/);
  }
});

Deno.test("identityFor() waits for a user who does not exist", async () => {
  match(await identity(0, user("gone"), 1000), /^temporary 4.3.5: there is no user gone /);
  const nobodyAtAll = { find: () => Promise.resolve(undefined) };
  match(await identity(0, undefined, undefined, nobodyAtAll), /^temporary 4.3.5: .* nobody /);
});

Deno.test("identityFor() when we are an ordinary user", async (t) => {
  const own = "dmail as we are /var/dmail";
  const no = (who: string | number) =>
    `permanent 5.3.5: only root can run a robot as ${who}, and the server is user 120`;
  const cases = [
    { name: "unset", set: undefined, owner: undefined, want: own },
    { name: "unset, uid 0 of the database", set: undefined, owner: 0, want: own },
    { name: "unset, our own", set: undefined, owner: 120, want: own },
    { name: "set to ourselves", set: user("dmail"), owner: 120, want: own },
    { name: "set to our number", set: user("120"), owner: undefined, want: own },
    // What a user wrote must not read everybody's mail.
    { name: "unset, another's", set: undefined, owner: 1000, want: no(1000) },
    { name: "set to another", set: user("robot"), owner: undefined, want: no("robot") },
    { name: "set to nobody known", set: user("gone"), owner: undefined, want: no("gone") },
  ];
  for (const { name, set, owner, want } of cases) {
    await t.step(name, async () => strictEqual(await identity(120, set, owner), want));
  }
});

Deno.test("identityFor() on Windows runs robots as we are, or not at all", async () => {
  strictEqual(await identity(undefined, undefined, undefined), " as we are ");
  match(await identity(undefined, user("ROBOT_USR"), undefined), /^permanent 5.3.5: .*Windows$/);
});

Deno.test("identityFor() tells the sender nothing about the machine", async () => {
  for (const set of ["root", "gone"]) {
    const facts = { defaultUser: user(set), ownerUid: undefined, ourUid: 0, users };
    const result = await identityFor(facts);
    if (result.kind !== "refused" || result.outcome.kind === "delivered") throw new Error("Ran");
    equal(new RegExp(set).test(result.outcome.reason), false);
  }
});
