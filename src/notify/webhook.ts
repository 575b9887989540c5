// The channel webhook: a signed JSON message posted to a URL. The address that was checked is the one connected
// to, so that a name cannot stand for another address in between.
import { createHmac } from "node:crypto";
import type { SendResult } from "../model/delivery.ts";
import { isStorageUnavailable } from "../model/storageError.ts";
import { messageOf } from "../model/thrown.ts";
import type { DeliveryOrder } from "../store/deliveries.ts";
import type { ChannelSend, Notice } from "./notice.ts";
import { AnswerError, post } from "./post.ts";
import { addressesOf, flawOf, hostOf, type Resolve, resolveBySystem } from "./webhookUrl.ts";

export type WebhookOptions = {
  allowsPrivate: boolean;
  version: string;
  /** Epoch milliseconds. */
  now: () => number;
  resolve?: Resolve;
  /** Certificates to trust beside the usual ones, in PEM. */
  ca?: string;
  timeoutMs?: number;
};

const TIMEOUT_MS = 10_000;
/** A host with more addresses is not tried at all of them. */
const MOST_ADDRESSES = 3;

/** Sends by webhook. A status of 2xx means sent; 410 and redirects end it, all else is worth another try. */
export function webhookChannel(options: WebhookOptions): ChannelSend {
  const { allowsPrivate, resolve = resolveBySystem, timeoutMs = TIMEOUT_MS } = options;
  return async (order, notice) => {
    const flaw = flawOf(order.target, allowsPrivate);
    if (flaw) return refused(flaw);
    const url = new URL(order.target);
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const found = await inTime(addressesOf(hostOf(url), { resolve, allowsPrivate }), signal);
      if ("flaw" in found) return refused(found.flaw);
      if (notice.kind === "report") await notice.whenLinkable();
      const request = requestOf(order, notice, options);
      const status = await postTo(found.addresses.slice(0, MOST_ADDRESSES), url, {
        request,
        signal,
        options,
      });
      return resultOf(status);
    } catch (error) {
      if (signal.aborted && !isStorageUnavailable(error))
        throw new Error(`there was no answer within ${timeoutMs / 1000} s`);
      throw error;
    }
  };
}

/** The signature over a body sent at this time: hexadecimal HMAC-SHA256 of "{timestamp}.{body}". */
export function signatureOf(secret: string, timestampS: number, body: string): string {
  return createHmac("sha256", secret).update(`${timestampS}.${body}`).digest("hex");
}

type SignedRequest = { body: string; headers: Record<string, string> };

function requestOf(order: DeliveryOrder, notice: Notice, options: WebhookOptions): SignedRequest {
  const body = JSON.stringify(payloadOf(order, notice));
  const timestampS = Math.floor(options.now() / 1000);
  return {
    body,
    headers: {
      "Content-Type": "application/json",
      "User-Agent": `Nines/${options.version}`,
      "Nines-Delivery": order.id,
      "Nines-Timestamp": String(timestampS),
      "Nines-Signature": `v1=${signatureOf(order.secret ?? "", timestampS, body)}`,
    },
  };
}

function payloadOf(order: DeliveryOrder, notice: Notice): Record<string, unknown> {
  if (notice.kind === "test") {
    const { groupId, groupName } = notice;
    return { event: "test", delivery_id: order.id, notification_group: { id: groupId, name: groupName } };
  }
  const { report, links } = notice;
  return { event: "report.completed", delivery_id: order.id, report, links };
}

type Sending = { request: SignedRequest; signal: AbortSignal; options: WebhookOptions };

/** Posts to the first of these addresses that can be connected to. Gives the status. */
async function postTo(addresses: readonly string[], url: URL, sending: Sending): Promise<number> {
  const { request, signal, options } = sending;
  let lastError: unknown;
  for (const address of addresses) {
    try {
      const ca = options.ca === undefined ? {} : { ca: options.ca };
      return await post({ address, url, ...request, signal, ...ca });
    } catch (error) {
      if (signal.aborted) throw error;
      lastError = error;
    }
  }
  throw new Error(reasonOf(lastError));
}

function resultOf(status: number): SendResult {
  if (status >= 200 && status <= 299) return { kind: "sent" };
  if (status === 410) return refused("the receiver answered 410: it wants no more messages");
  if (status >= 300 && status <= 399) {
    return refused(`the receiver answered ${status}, a redirect: these are not followed, give the final URL`);
  }
  throw new Error(`the receiver answered ${status}`);
}

const refused = (reason: string): SendResult => ({ kind: "refused", reason });

/** The error in words without the address, which is not the one that the user knows. */
function reasonOf(error: unknown): string {
  if (error instanceof AnswerError) return `it could not be understood: ${error.message}`;
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ECONNREFUSED") return "the connection was refused";
  if (code === "ECONNRESET") return "the connection was closed";
  if (typeof code === "string") return `it could not be reached: ${code}`;
  return `it could not be reached: ${messageOf(error)}`;
}

/** The promise's outcome, unless the signal fires first: resolving a name cannot be cancelled. */
function inTime<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => late.reject(signal.reason), { once: true });
  return Promise.race([promise, late.promise]);
}
