// Answers that are made while they are sent, and as long as the receiver takes.
import { LONGEST_QUIET_S, stopping } from "./longCalls.ts";
import type { Services } from "./services.ts";

type Controller = ReadableStreamDefaultController<Uint8Array>;

/**
 * The body of a long answer: it is cut when its receiver has taken nothing for two minutes. When the server stops it is broken off, so
 * that nobody takes the part that came for the whole. Throws server_stopping when the server stops already.
 */
export function answerStream(
  { shutdown, keepOpen }: Pick<Services, "shutdown" | "keepOpen">,
  request: Request,
  source: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  if (shutdown.aborted) throw stopping("Nothing was sent.");
  keepOpen(request, LONGEST_QUIET_S);
  const reader = source.getReader();
  let forget = () => {};
  const steps = {
    start(controller: Controller) {
      const breakOff = () => {
        controller.error(new Error("the server stops"));
        void reader.cancel();
      };
      shutdown.addEventListener("abort", breakOff);
      forget = () => shutdown.removeEventListener("abort", breakOff);
    },
    async pull(controller: Controller) {
      const { done, value } = await reader.read();
      if (shutdown.aborted) return;
      if (done) {
        forget();
        controller.close();
      } else controller.enqueue(value);
    },
    cancel: (reason: unknown) => {
      forget();
      return reader.cancel(reason);
    },
  };
  // Nothing ahead of its receiver: what waits to be taken is memory.
  return new ReadableStream(steps, { highWaterMark: 0 });
}
