import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { parseRobotCommand } from "../../../src/formats/robot_command.ts";

Deno.test("parseRobotCommand() accepts", async (t) => {
  const cases = [
    { command: "/bin/robot", want: ["/bin/robot"] },
    { command: "  /bin/robot  a\tb  ", want: ["/bin/robot", "a", "b"] },
    // 002:62-67
    { command: "c:\\dmail\\drespond arg1 arg2", want: ["c:\\dmail\\drespond", "arg1", "arg2"] },
    {
      // 000:847-849
      command: '\\dmail\\drespond.exe \\message.txt -subject whatever -from "root@domain.com"',
      want: [
        ...["\\dmail\\drespond.exe", "\\message.txt", "-subject", "whatever", "-from"],
        "root@domain.com",
      ],
    },
    {
      command: '/bin/robot -subject "two words" x',
      want: ["/bin/robot", "-subject", "two words", "x"],
    },
    { command: "/bin/robot a 'b c'", want: ["/bin/robot", "a", "b c"] },
    { command: "/bin/robot 'say \"hi\"'", want: ["/bin/robot", 'say "hi"'] },
    { command: '"c:\\Program Files\\robot.exe" a', want: ["c:\\Program Files\\robot.exe", "a"] },
    { command: '/bin/robot --to="a b"', want: ["/bin/robot", "--to=a b"] },
    { command: '/bin/robot "" end', want: ["/bin/robot", "", "end"] },
    { command: "/bin/robot -from O'Brien", want: ["/bin/robot", "-from", "O'Brien"] },
    { command: "/bin/robot it's 'quoted' 'not", want: ["/bin/robot", "it's", "quoted", "'not"] },
    { command: "/bin/robot $(rm) ; `x` > y", want: ["/bin/robot", "$(rm)", ";", "`x`", ">", "y"] },
  ];
  for (const { command, want } of cases) {
    await t.step(command, () => {
      const { program, args } = parseRobotCommand(command);
      deepStrictEqual([program, ...args], want);
    });
  }
});

Deno.test("parseRobotCommand() rejects", async (t) => {
  const commands = ["", "  ", '""', '/bin/robot "a', 'a"b', "/bin/robot a\0b", "x ".repeat(1000)];
  for (const command of commands) {
    await t.step(JSON.stringify(command).slice(0, 40), () => {
      throws(() => parseRobotCommand(command), SyntaxError);
    });
  }
});

Deno.test("parseRobotCommand() throws nothing but SyntaxError", () => {
  const special = fc.array(fc.constantFrom("'", '"', " ", "\\", "a", "\n", "\0"), {
    maxLength: 30,
  });
  fc.assert(fc.property(special, (parts) => {
    try {
      parseRobotCommand(parts.join(""));
    } catch (error) {
      strictEqual(error instanceof SyntaxError, true);
    }
  }));
});

Deno.test("parseRobotCommand() reads back words in quotes, whatever blanks are in them", () => {
  const word = fc.string({ minLength: 1, maxLength: 8 }).map((text) => text.replace(/["\0]/g, "x"));
  fc.assert(fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
    const { program, args } = parseRobotCommand(words.map((one) => `"${one}"`).join(" "));
    deepStrictEqual([program, ...args], words);
  }));
});
