// How many answers without an end of their own one token may have open, and all tokens together.
import { NinesError } from "../../model/errors.ts";
import { callerKey } from "./callerKey.ts";

/** Seconds after which it is worth another try: streams end when they end. */
const RETRY_AFTER_S = 10;

export type StreamLimits = {
  /** What the streams are, as refusals call them. */
  what: string;
  ofToken: number;
  inAll: number;
};

/**
 * Streams of one kind, with none open. The function that it gives counts a request's stream as open, and gives what
 * says that it is closed; it throws too_many_streams.
 */
export function openStreamsOf({ what, ofToken, inAll }: StreamLimits): (request: Request) => () => void {
  const openOfToken = new Map<string, number>();
  let open = 0;
  return (request) => {
    const key = callerKey(request);
    const own = openOfToken.get(key) ?? 0;
    if (own >= ofToken) throw tooMany(`This token has ${own} ${what} open, the most it may have`);
    if (open >= inAll) throw tooMany(`The server has ${open} ${what} open, the most it can have`);
    openOfToken.set(key, own + 1);
    open++;
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      open--;
      const left = (openOfToken.get(key) ?? 1) - 1;
      if (left > 0) openOfToken.set(key, left);
      else openOfToken.delete(key);
    };
  };
}

function tooMany(what: string): NinesError {
  return new NinesError("too_many_streams", {
    message: `${what}; close one that nobody reads, or try again later.`,
    headers: { "Retry-After": String(RETRY_AFTER_S) },
  });
}
