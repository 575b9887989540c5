// What the routes work with. app.ts puts it together.
import type { Read } from "../../render/readers.ts";
import type { Hold } from "../../sla/clock.ts";
import type { Store } from "../../store/store.ts";

export type Services = {
  store: Store;
  /** Epoch milliseconds. */
  now: () => number;
  dataFolder: string;
  /** Absolute, without a slash at the end: what links and doc_url begin with. */
  baseUrl: string;
  version: string;
  /** Signs links to artefacts. */
  linkKey: Uint8Array;
  /** No link works longer, in milliseconds. */
  longestLinkMs: number;
  /** Whether webhooks may go to private and local addresses. */
  allowsPrivateWebhooks: boolean;
  /** What the server counts, in Prometheus' text format. */
  metrics: { read: () => Promise<{ text: string; contentType: string }> };
  /** Answers off the main thread what takes long. */
  read: Read;
  /** A jump of the clock that is not believed yet; null as a rule. */
  clock: { look: () => Hold | null };
  /** Says that a job was queued. */
  wakeWorker: () => void;
  /** Says that a site was deleted, whose faults may be there still. */
  wakeEraser: () => void;
  /** Says that a schedule was made or changed. */
  wakeScheduler: () => void;
  /** Counts a request's stream of a report's events; gives what says that it is closed. Throws too_many_streams. */
  eventStreams: (request: Request) => () => void;
  /** The same for the exports under way. */
  exports: (request: Request) => () => void;
  /** Takes one of a workspace's tests of notification groups: 0, or the seconds after which there is one again. */
  waitOfTest: (workspace: string) => number;
  /** Fires when the server stops: open streams must end. */
  shutdown: AbortSignal;
  /** Keeps a quiet connection open for up to so many seconds; 0 means for as long as it takes. */
  keepOpen: (request: Request, seconds: number) => void;
};
