// The stream of a report's events by itself: when the report is looked at, and what a slow reader holds.
import { expect, test } from "bun:test";
import { type EventSource, eventStream } from "../../src/http/eventStream.ts";
import type { Report } from "../../src/model/report.ts";
import { reportNews } from "../../src/store/reportNews.ts";

const ID = "rpt_1";

/** A report that the test changes, and a stream about it. */
function aStream(changes: Partial<EventSource> = {}) {
  const news = reportNews();
  const seen = { looks: 0, closed: 0 };
  let report: Partial<Report> | null = { status: "running", progress: 0 };
  const shutdown = new AbortController();
  const stream = eventStream({
    look: () => {
      seen.looks++;
      return report as Report | null;
    },
    follow: (listener) => news.follow(ID, listener),
    shutdown: shutdown.signal,
    closed: () => {
      seen.closed++;
    },
    ...changes,
  });
  const reader = stream.getReader();
  return {
    seen,
    reader,
    shutdown,
    /** Changes the report without a word, as another process would. */
    change: (next: Partial<Report> | null) => {
      report = next;
    },
    tell: () => news.tell(ID),
    read: async () => new TextDecoder().decode((await reader.read()).value),
  };
}

test("a report is looked at when it changes, and not in between", async () => {
  const { seen, read, tell, change } = aStream();
  await read();
  const next = read();
  await Bun.sleep(300);
  expect(seen.looks).toBe(1);
  change({ status: "running", progress: 0.5 });
  tell();
  expect(await next).toContain('"progress":0.5');
  expect(seen.looks).toBe(2);
});

test("a reader that takes nothing holds nothing: it gets the newest state when it reads again", async () => {
  const { seen, read, tell, change, reader } = aStream();
  await read();
  for (let step = 1; step <= 1000; step++) {
    change({ status: "running", progress: step / 1000 });
    tell();
    await Promise.resolve();
  }
  expect(seen.looks).toBe(1);
  expect(await read()).toContain('"progress":1}');
  change(null);
  tell();
  expect(await read()).toBe("event: deleted\ndata: {}\n\n");
  expect((await reader.read()).done).toBe(true);
  expect(seen).toEqual({ looks: 3, closed: 1 });
});

test("what another process changed is seen after a quiet while; without a change there is a sign of life", async () => {
  const { read, change } = aStream({ quietMs: 5 });
  await read();
  expect(await read()).toBe(": still here\n\n");
  change({ status: "failed" });
  expect(await read()).toBe('event: failed\ndata: {"status":"failed"}\n\n');
});

test("a reader that goes, and a server that stops, end it once", async () => {
  const left = aStream();
  await left.read();
  const waiting = left.reader.read();
  await left.reader.cancel();
  left.shutdown.abort();
  left.tell();
  expect((await waiting).done).toBe(true);
  expect(left.seen.closed).toBe(1);

  const untaken = aStream();
  untaken.shutdown.abort();
  expect((await untaken.reader.read()).done).toBe(true);
  expect(untaken.seen).toEqual({ looks: 0, closed: 1 });
});

test("a store that cannot be read ends the stream with its error", async () => {
  const { reader, seen } = aStream({
    look: () => {
      throw new Error("the disk is gone");
    },
  });
  expect(reader.read()).rejects.toThrow("the disk is gone");
  await Bun.sleep(0);
  expect(seen.closed).toBe(1);
});
