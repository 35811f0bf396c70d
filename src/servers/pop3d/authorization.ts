import { nameForLog, rejectedLogin } from "../../domain/accounts/mod.ts";
import { isMaildropName, type Maildrop } from "../../store/mod.ts";
import { capabilityLines, REPLIES } from "./replies.ts";
import type { AuthorizationState, CommandTable, SessionContext, State } from "./state.ts";
import { Transaction } from "./transaction.ts";

/** Longest user name in characters; what it is with its domain is for the accounts to judge (A40). */
const MAX_USER_CHARACTERS = 78; // B31

/** The commands of the AUTHORIZATION state (RFC 1939 section 4, RFC 2449). */
export const AUTHORIZATION: CommandTable<AuthorizationState> = {
  async CAPA({ options, output }, _argument, state) {
    await output.lines(REPLIES.capabilities, capabilityLines(options.version));
    return state;
  },

  async QUIT({ output }) {
    await output.reply(REPLIES.goodbye);
    return { kind: "over", why: "quit" };
  },

  async USER({ output, refuse }, argument, state) {
    const user = argument.trim();
    if (user === "" || [...user.replace(/[@/].*$/s, "")].length > MAX_USER_CHARACTERS) {
      await refuse(REPLIES.badUserName);
      return state;
    }
    await output.reply(REPLIES.passwordPlease);
    return { kind: "named", user };
  },

  async PASS(context, password, state) {
    if (state.kind === "named") return await logIn(context, state.user, password);
    await context.refuse(REPLIES.userFirst);
    return state;
  },
};

const GREETED: State = { kind: "greeted" };

async function logIn(context: SessionContext, user: string, password: string): Promise<State> {
  const { accounts, from, to, guard, log, output, throttle, signal } = context;
  if (guard.bans.banned(from) !== undefined) return await throwOff(context);
  const result = await accounts.check(user, password, from, to);
  switch (result.kind) {
    case "accepted":
      throttle.succeeded(from);
      return await openMaildrop(context, result.account.user);
    case "rejected":
      log.info(rejectedLogin(user), { from });
      if (guard.bans.noteWrongPassword({ user, password }, from)) {
        return await throwOff(context);
      }
      await throttle.failed(from, signal);
      await context.refuse(REPLIES.rejected);
      return GREETED;
    case "unavailable":
      log.warn("Cannot check a password", { user: nameForLog(user), from, reason: result.reason });
      await output.reply(REPLIES.cannotCheck);
      return GREETED;
  }
}

async function throwOff({ output }: SessionContext): Promise<State> {
  await output.reply(REPLIES.tooManyFailures);
  return { kind: "over", why: "banned" };
}

async function openMaildrop(context: SessionContext, user: string): Promise<State> {
  const { from, guard, log, maildrops, output } = context;
  if (!isMaildropName(user)) {
    log.error("Cannot keep mail under a user's name", { user: nameForLog(user), from });
    await output.reply(REPLIES.noMaildrop);
    return GREETED;
  }
  let maildrop: Maildrop | undefined;
  try {
    maildrop = await maildrops.lock(user);
  } catch (error) {
    log.error("Cannot open a maildrop", { user, from, reason: String(error) });
    await output.reply(REPLIES.cannotOpen);
    return GREETED;
  }
  if (maildrop === undefined) {
    log.info("Maildrop is in use", { user, from });
    await output.reply(REPLIES.inUse);
    return GREETED;
  }
  const mail = new Transaction(user, maildrop);
  log.info("Logged in", { user, from, messages: mail.count, octets: mail.octets });
  guard.recentLogins.note(user, from);
  try {
    await output.reply(REPLIES.loggedIn(mail.count, mail.octets));
  } catch (error) {
    await mail[Symbol.asyncDispose](); // The session never learns of the lock.
    throw error;
  }
  return { kind: "open", mail };
}
