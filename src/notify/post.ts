// One POST of which nothing counts but the status of its answer. The receiver is anybody's: what it sends is read up to
// a bound in bytes, whatever it is (headers, answers that precede the answer, a body), and never unpacked. A general
// client bounds the time alone, and reads at the full speed of the line for as long as that lasts.
import { connect, isIP, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";

export type Post = {
  /** The address to connect to, which need not be what the URL's name stands for now. */
  address: string;
  url: URL;
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
  /** Certificates to trust beside the usual ones, in PEM. */
  ca?: string;
};

/** All that is read of a receiver until its status is known. */
const MOST_HEAD_BYTES = 64 * 1024;
/** What is let come after that, so that it need not see its answer refused. */
const MOST_REST_BYTES = 64 * 1024;
const REST_MS = 1000;

/** The answer is none: no HTTP, or more than anybody needs for a status. */
export class AnswerError extends Error {
  override name = "AnswerError";
}

/**
 * Sends it and gives the status of the answer, 200 to 999, as soon as its head is there. Throws what the connection
 * throws, AnswerError for what is no answer, and the signal's reason when that fires first.
 */
export function post(order: Post): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const socket = socketTo(order);
  const fail = (error: unknown) => {
    reject(error);
    socket.destroy();
  };
  const onAbort = () => fail(order.signal.reason);
  if (order.signal.aborted) onAbort();
  order.signal.addEventListener("abort", onAbort, { once: true });
  const read = headReader();
  socket.on("error", fail);
  socket.on("close", () => fail(Object.assign(new Error("closed"), { code: "ECONNRESET" })));
  const onData = (part: Buffer) => {
    try {
      const status = read(part);
      if (status === null) return;
      socket.off("data", onData);
      order.signal.removeEventListener("abort", onAbort);
      resolve(status);
      letGo(socket);
    } catch (error) {
      fail(error);
    }
  };
  socket.on("data", onData);
  socket.write(requestOf(order));
  return promise.finally(() => order.signal.removeEventListener("abort", onAbort));
}

function socketTo({ address, url, ca }: Post): Socket {
  const isSecure = url.protocol === "https:";
  const port = Number(url.port || (isSecure ? 443 : 80));
  if (!isSecure) return connect({ host: address, port });
  const name = url.hostname.replace(/^\[|\]$/g, "");
  return connectSecurely({
    host: address,
    port,
    ALPNProtocols: ["http/1.1"],
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(ca === undefined ? {} : { ca }),
  });
}

function requestOf({ url, headers, body }: Post): string {
  const lines = Object.entries({
    Host: url.host,
    Connection: "close",
    "Content-Length": String(Buffer.byteLength(body)),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

/** Takes what comes, part by part, and gives the status of the answer that is not 1xx when its head is whole. */
function headReader(): (part: Buffer) => number | null {
  let [text, length] = ["", 0];
  return (part) => {
    length += part.byteLength;
    text += part.toString("latin1");
    for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
      const status = statusOf(text);
      if (status >= 200) return status;
      text = text.slice(end + 4);
    }
    if (text.length >= MARK.length && !text.startsWith(MARK))
      throw new AnswerError("the answer is not HTTP/1");
    if (length > MOST_HEAD_BYTES) throw new AnswerError("the answer's head does not end");
    return null;
  };
}

const MARK = "HTTP/1.";

function statusOf(head: string): number {
  const status = Number(/^HTTP\/1\.[01] ([1-9]\d\d)[ \r]/.exec(head)?.[1]);
  if (Number.isNaN(status) || status === 101) throw new AnswerError("the answer is not HTTP/1");
  return status;
}

/** Says goodbye, and lets a little come, for a little while. */
function letGo(socket: Socket): void {
  let length = 0;
  const timer = setTimeout(() => socket.destroy(), REST_MS);
  socket.on("close", () => clearTimeout(timer));
  socket.on("data", (part: Buffer) => {
    length += part.byteLength;
    if (length > MOST_REST_BYTES) socket.destroy();
  });
  socket.end();
}
