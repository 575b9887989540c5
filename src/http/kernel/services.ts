// What the routes work with. app.ts puts it together.
import type { Read } from "../../render/readers.ts";
import type { Hold } from "../../sla/clock.ts";
import type { Store } from "../../store/store.ts";
import type { Limits } from "../caller/limits.ts";

export type Services = Omit<Limits, "unread"> & {
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
  /** Fires when the server stops: open streams must end. */
  shutdown: AbortSignal;
  /** Keeps a quiet connection open for up to so many seconds; 0 means for as long as it takes. */
  keepOpen: (request: Request, seconds: number) => void;
};
