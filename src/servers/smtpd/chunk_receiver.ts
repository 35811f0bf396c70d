import { type Chunk, ChunkedBody } from "./bdat.ts";
import { replies, type Reply } from "./replies.ts";

/** What becomes of a chunk when its octets have come. */
export interface ChunkPlan {
  /** Takes a part of the octets; resolves when there is room for more. */
  take(octets: Uint8Array): Promise<void>;
  /** All have come: how to answer. */
  finish(): Promise<Reply>;
}

/** What the receiver asks its session for. */
export interface ChunkSession {
  /** Why no chunk may come now. */
  readonly refusal: Reply | undefined;
  readonly maxMessageOctets: number;
  /** A message begins; resolves when it was stored or refused, and never rejects. */
  message(body: AsyncIterable<Uint8Array>): Promise<Reply>;
  /** The message has been answered for good. */
  over(reply: Reply): void;
}

/**
 * Puts the chunks of a message together (RFC 3030). The octets of every chunk are read, wanted or
 * not: they must never be taken for commands.
 */
export class ChunkReceiver {
  readonly #session: ChunkSession;
  readonly #maxDiscarded: number;
  #body: ChunkedBody | undefined;
  #result: Promise<Reply> | undefined;
  /** What was said of the message before its end: it failed. */
  #early: Reply | undefined;
  #announced = 0;

  /** @param maxDiscarded How many octets too many are read past, so that the client sees why. */
  constructor(session: ChunkSession, { maxDiscarded }: { readonly maxDiscarded: number }) {
    this.#session = session;
    this.#maxDiscarded = maxDiscarded;
  }

  /** Whether a message is under way in chunks. */
  get isReceiving(): boolean {
    return this.#body !== undefined;
  }

  /** Plans for a chunk; a reply if it is too large even to be read past: it ends the session. */
  begin(chunk: Chunk): ChunkPlan | Reply {
    const { refusal, maxMessageOctets } = this.#session;
    if (refusal !== undefined) {
      return chunk.octets > this.#maxDiscarded ? refusal : readPast(refusal);
    }
    this.#announced += chunk.octets;
    if (this.#announced > maxMessageOctets + this.#maxDiscarded) {
      this.abort();
      return replies.tooLarge(maxMessageOctets);
    }
    const body = this.#body ??= this.#start();
    return {
      take: (octets) => body.write(octets),
      finish: () => this.#finish(body, chunk),
    };
  }

  /** Gives the message under way up: nothing of it is kept. */
  abort(): void {
    const body = this.#body;
    this.#forget();
    body?.end(new Error("The message was given up before its last chunk"));
  }

  #start(): ChunkedBody {
    const body = new ChunkedBody();
    this.#result = this.#session.message(body).then((reply) => {
      body.abandon();
      if (this.#body === body) this.#early = reply;
      return reply;
    });
    return body;
  }

  async #finish(body: ChunkedBody, { octets, last }: Chunk): Promise<Reply> {
    const result = this.#result;
    // A RSET cannot come between, but the connection may have been lost.
    if (this.#body !== body || result === undefined) return replies.internalError;
    if (!last && this.#early === undefined) return replies.chunkOk(octets);
    body.end();
    const reply = await result;
    if (this.#body === body) {
      this.#forget();
      this.#session.over(reply);
    }
    return reply;
  }

  #forget(): void {
    this.#body = this.#result = this.#early = undefined;
    this.#announced = 0;
  }
}

/** For octets that nobody wants. */
function readPast(reply: Reply): ChunkPlan {
  return { take: () => Promise.resolve(), finish: () => Promise.resolve(reply) };
}
