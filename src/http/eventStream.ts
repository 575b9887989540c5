// A report's events as a stream of bytes. Nothing is made for a reader that has not taken what came before: one that
// is slow misses steps between, never the end, and holds no memory.
import type { Report } from "../model/report.ts";

/** A comment this often keeps proxies from closing a quiet connection. */
const QUIET_MS = 15_000;

export type EventSource = {
  /** The report as it is; null when it was deleted. */
  look: () => Report | null;
  /** Has a function called at each change, until the function that it gives is called. */
  follow: (listener: () => void) => () => void;
  /** Fires when the server stops. */
  shutdown: AbortSignal;
  /** Called once, when the stream is over. */
  closed: () => void;
  /** After so long without news the report is looked at all the same: another process may have changed it. */
  quietMs?: number;
};

type Event = { text: string; isLast: boolean };

type Following = {
  source: EventSource;
  /** The event that was told last. */
  told: string;
  /** Whether the report may have changed since it was looked at. */
  isNews: boolean;
  isOver: boolean;
  /** Ends the waiting for news, while there is one. */
  wake: () => void;
  /** What is undone when it is over. */
  undo: (() => void)[];
};

/** `progress` with the report whenever it changes, then one of `completed`, `failed`, `deleted`, and the end. */
export function eventStream(source: EventSource): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const following: Following = {
    source,
    told: "",
    isNews: true,
    isOver: false,
    wake: () => {},
    undo: [source.closed],
  };
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => begin(following, controller),
      async pull(controller) {
        try {
          const event = await nextEvent(following);
          if (event) controller.enqueue(encoder.encode(event.text));
          if (event?.isLast) close(following, controller);
        } catch (error) {
          // The store cannot be read just now: that ends this stream, not the server.
          end(following);
          controller.error(error);
        }
      },
      // The client went: a later shutdown must not close what is closed already.
      cancel: () => end(following),
    },
    { highWaterMark: 0 },
  );
}

function begin(following: Following, controller: ReadableStreamDefaultController): void {
  const { follow, shutdown } = following.source;
  const unfollow = follow(() => {
    following.isNews = true;
    following.wake();
  });
  const stop = () => close(following, controller);
  if (shutdown.aborted) stop();
  shutdown.addEventListener("abort", stop);
  following.undo.push(unfollow, () => shutdown.removeEventListener("abort", stop));
}

function close(following: Following, controller: ReadableStreamDefaultController): void {
  end(following);
  controller.close();
}

function end(following: Following): void {
  following.isOver = true;
  for (const undo of following.undo.splice(0)) undo();
  following.wake();
}

/** What is to be told next, as soon as there is something; null when the stream is over. */
async function nextEvent(following: Following): Promise<Event | null> {
  while (!following.isOver) {
    const isQuiet = !following.isNews && !(await hasNews(following));
    if (following.isOver) break;
    following.isNews = false;
    const event = eventOf(following.source.look());
    if (event.text !== following.told) {
      following.told = event.text;
      return event;
    }
    if (isQuiet) return { text: ": still here\n\n", isLast: false };
  }
  return null;
}

/** Waits for news; false when none came for long. */
function hasNews(following: Following): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), following.source.quietMs ?? QUIET_MS);
    following.wake = () => {
      clearTimeout(timer);
      resolve(true);
    };
  });
}

function eventOf(report: Report | null): Event {
  const isOver = report === null || report.status === "completed" || report.status === "failed";
  const kind = report === null ? "deleted" : isOver ? report.status : "progress";
  return { text: `event: ${kind}\ndata: ${JSON.stringify(report ?? {})}\n\n`, isLast: isOver };
}
