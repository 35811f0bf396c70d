/**
 * The commands of the program, in the order `dmail --help` lists them.
 *
 * @module
 */
import type { Command } from "../command.ts";
import { check } from "./check.ts";
import { demo } from "./demo.ts";
import { explain } from "./explain.ts";
import { popfetch } from "./popfetch.ts";
import { queue } from "./queue.ts";
import { sendmail } from "./sendmail.ts";
import { serve } from "./serve.ts";
import { tellpop, tellsmtp } from "./tell.ts";
import { user } from "./user.ts";

/** All of them. */
export const COMMANDS: readonly Command[] = [
  serve,
  demo,
  check,
  explain,
  popfetch,
  queue,
  sendmail,
  tellsmtp,
  tellpop,
  user,
];
