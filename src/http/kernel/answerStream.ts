// Answers that are made while they are sent, and as long as the receiver takes.
import { stopping } from "./importStream.ts";
import type { Services } from "./services.ts";

/**
 * The body of a long answer: it may be quiet for as long as it takes. When the server stops it is broken off, so
 * that nobody takes the part that came for the whole. Throws server_stopping when the server stops already.
 */
export function answerStream(
  { shutdown, keepOpen }: Pick<Services, "shutdown" | "keepOpen">,
  request: Request,
  source: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  if (shutdown.aborted) throw stopping("Nothing was sent.");
  keepOpen(request, 0);
  const reader = source.getReader();
  let forget = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const breakOff = () => {
        controller.error(new Error("the server stops"));
        void reader.cancel();
      };
      shutdown.addEventListener("abort", breakOff);
      forget = () => shutdown.removeEventListener("abort", breakOff);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (shutdown.aborted) return;
      if (done) {
        forget();
        controller.close();
      } else controller.enqueue(value);
    },
    cancel: (reason) => {
      forget();
      return reader.cancel(reason);
    },
  });
}
