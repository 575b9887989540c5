// Bytes to a server, as no client would send them, and what comes back.
import { connect, type Socket } from "node:net";

export type Exchange = {
  /** All that came back. */
  text: string;
  /** Whether the server closed the connection within the time. */
  isCut: boolean;
};

/** An open connection. */
export function connected(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.on("error", reject);
  });
}

/** Sends bytes and listens until `enough` of an answer is there, the server closes, or the time is over. */
export async function exchange(
  url: string,
  bytes: string | Uint8Array,
  { enough = isAnswered, timeMs = 2000 }: { enough?: (text: string) => boolean; timeMs?: number } = {},
): Promise<Exchange> {
  const socket = await connected(url);
  return new Promise((resolve) => {
    let text = "";
    const end = (isCut: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, isCut });
    };
    const timer = setTimeout(() => end(false), timeMs);
    socket.on("data", (part) => {
      text += part.toString("latin1");
      if (enough(text)) end(false);
    });
    socket.on("close", () => end(true));
    socket.on("error", () => end(true));
    socket.write(bytes);
  });
}

/** Whether a whole answer is there. */
function isAnswered(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  const length = Number(
    /\r\ncontent-length: (\d+)/i.exec(text.slice(0, Math.max(0, end)))?.[1] ?? Number.NaN,
  );
  return end >= 0 && text.length >= end + 4 + length;
}
