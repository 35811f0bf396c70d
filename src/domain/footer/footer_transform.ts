import { type ByteTransform, concatenated, joined } from "../../formats/byte_transform.ts";
import { parseHeader } from "../../formats/header.ts";
import { FooterEnd } from "./footer_end.ts";
import { type Content, contentOf, MAX_BOUNDARY } from "./text_part.ts";

/** Longest header of a part that is looked at, in octets. */
const MAX_PART_HEADER_OCTETS = 16 * 1024;

/** How deep the text may be in multiparts. */
const MAX_DEPTH = 5;

/** A line that is longer is no boundary: `--`, the boundary, `--`, white space. */
const MAX_HELD_OCTETS = MAX_BOUNDARY + 100;

const LF = 0x0a;
const NOTHING = new Uint8Array(0);

type Stage =
  /** Waits for the first part of the innermost multipart. */
  | { readonly kind: "preamble" }
  | { readonly kind: "header"; lines: Uint8Array }
  /** In the text that gets the footer. */
  | { readonly kind: "text"; readonly end: FooterEnd }
  | { readonly kind: "done" };

/**
 * Puts a footer at the end of the text that the body of a message begins with. What is held back is
 * the beginning of a line that may be a boundary, and of the text as much as the footer is long.
 */
export class FooterTransform implements ByteTransform {
  readonly #footer: string;
  /** Of the multiparts that are open, the outermost first. */
  readonly #boundaries: string[] = [];
  #stage: Stage = { kind: "done" };
  #held: Uint8Array = NOTHING;
  /** Whether the line at hand began in octets that have gone on already. */
  #insideLine = false;

  constructor(content: Content, footer: string) {
    this.#footer = footer;
    this.#begin(content);
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#stage.kind === "done" && this.#held.length === 0) return chunk;
    const bytes = joined(this.#held, chunk);
    const out: Uint8Array[] = [];
    let at = 0;
    while (this.#stage.kind !== "done") {
      if (this.#boundaries.length === 0) {
        this.#take(bytes.subarray(at), out); // Only the end of all is of interest.
        at = bytes.length;
        break;
      }
      const lf = bytes.indexOf(LF, at);
      if (lf < 0) break;
      this.#take(bytes.subarray(at, lf + 1), out);
      this.#insideLine = false;
      at = lf + 1;
    }
    this.#keep(bytes.subarray(at), out);
    return concatenated(out);
  }

  end(): Uint8Array {
    const out: Uint8Array[] = [];
    if (this.#held.length > 0) this.#take(this.#held, out);
    if (this.#stage.kind === "text") out.push(this.#stage.end.footer());
    return concatenated(out);
  }

  /** Holds the beginning of a line back as long as it may be a boundary. */
  #keep(rest: Uint8Array, out: Uint8Array[]): void {
    this.#held = NOTHING;
    if (this.#stage.kind === "done") {
      out.push(rest);
    } else if (this.#insideLine || rest.length > MAX_HELD_OCTETS) {
      this.#take(rest, out);
      this.#insideLine = true;
    } else {
      this.#held = rest.slice();
    }
  }

  /** Takes a line, or a piece of one. */
  #take(piece: Uint8Array, out: Uint8Array[]): void {
    const stage = this.#stage;
    const boundary = this.#insideLine || stage.kind === "done" ? undefined : this.#boundary(piece);
    switch (stage.kind) {
      case "preamble":
        out.push(piece);
        if (boundary !== undefined) this.#stage = this.#partAfter(boundary);
        return;
      case "header":
        out.push(piece);
        if (boundary !== undefined) this.#stage = { kind: "done" };
        else this.#readHeader(stage, piece);
        return;
      case "text":
        if (boundary === undefined) {
          stage.end.note(piece);
          out.push(piece);
        } else {
          out.push(stage.end.footer(), piece);
          this.#stage = { kind: "done" };
        }
        return;
      case "done":
        out.push(piece);
    }
  }

  #readHeader(stage: { lines: Uint8Array }, line: Uint8Array): void {
    stage.lines = joined(stage.lines, line).slice();
    if (!this.#insideLine && /^\r?\n$/.test(textOf(line))) {
      this.#begin(contentOf(parseHeader(stage.lines)));
    } else if (stage.lines.length > MAX_PART_HEADER_OCTETS) {
      this.#stage = { kind: "done" };
    }
  }

  #begin(content: Content): void {
    this.#stage = { kind: "done" };
    if (content.kind === "multipart" && this.#boundaries.length < MAX_DEPTH) {
      this.#boundaries.push(content.boundary);
      this.#stage = { kind: "preamble" };
    } else if (content.kind === "text") {
      const end = FooterEnd.of(this.#footer, content);
      if (end !== undefined) this.#stage = { kind: "text", end };
    }
  }

  /** A part of the innermost multipart is the one that was waited for; anything else ends all. */
  #partAfter(line: BoundaryLine): Stage {
    const isFirst = line.boundary === this.#boundaries.at(-1) && !line.closes;
    return isFirst ? { kind: "header", lines: NOTHING } : { kind: "done" };
  }

  /** The boundary that a line is (RFC 2046 section 5.1.1), white space behind it allowed. */
  #boundary(line: Uint8Array): BoundaryLine | undefined {
    if (line[0] !== 0x2d || line[1] !== 0x2d || line.length > MAX_HELD_OCTETS) return undefined;
    const text = textOf(line).slice(2).trimEnd();
    const boundary = this.#boundaries.find((each) => text === each || text === `${each}--`);
    return boundary === undefined ? undefined : { boundary, closes: text !== boundary };
  }
}

interface BoundaryLine {
  readonly boundary: string;
  readonly closes: boolean;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("windows-1252").decode(bytes);
}
