/** Splits bytes into lines of text without their ends; an unfinished last line is a line too. */
export class TextLineStream extends TransformStream<Uint8Array, string> {
  constructor() {
    const decoder = new TextDecoder();
    let pending = "";
    super({
      transform(chunk, controller) {
        const lines = (pending + decoder.decode(chunk, { stream: true })).split("\n");
        pending = lines.pop() ?? "";
        for (const line of lines) controller.enqueue(line);
      },
      flush(controller) {
        pending += decoder.decode();
        if (pending !== "") controller.enqueue(pending);
      },
    });
  }
}
