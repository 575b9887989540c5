// What listens: the address, the connections with their time, and their end. It is there before the application
// that it serves, so that all parts can be made in order.
import type { serverApp } from "../http/kernel/server.ts";
import { SetupError } from "../model/setupError.ts";
import { messageOf } from "../model/thrown.ts";
import type { Config } from "./config.ts";

/** Seconds without a byte after which a connection is cut. */
const IDLE_TIMEOUT_S = 30;

const WHY_NOT_LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens there",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "this user may not listen there",
  ENOENT: "the name has no address",
};

type Application = ReturnType<typeof serverApp>;
export type Connections = ReturnType<typeof connectionsOf>;

/** The connections of a server that does not listen yet: nobody calls until it does. */
export function connectionsOf() {
  let server: Application["server"] = null;
  return {
    /** Where a request comes from; empty when its connection is gone. */
    addressOf: (request: Request): string => server?.requestIP(request)?.address ?? "",
    /** Keeps a quiet connection open for up to so many seconds; 0 means for as long as it takes. */
    keepOpen: (request: Request, seconds: number): void => server?.timeout(request, seconds),
    /** Listens as configured; gives the address. Throws SetupError when it is taken, or not this machine's. */
    listen: (app: Application, config: Pick<Config, "host" | "port">): string => {
      server = listening(app, config);
      const { host } = config;
      return `http://${host.includes(":") ? `[${host}]` : host}:${server?.port}`;
    },
    /**
     * Takes no more connections; waits up to `graceMs` for the requests under way, then cuts what is left. Gives
     * whether something had to be cut.
     */
    stop: (graceMs: number): Promise<boolean> => stop(server, graceMs),
  };
}

function listening(app: Application, { host, port }: Pick<Config, "host" | "port">): Application["server"] {
  try {
    app.listen({
      hostname: host,
      port,
      reusePort: false,
      idleTimeout: IDLE_TIMEOUT_S,
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    });
  } catch (error) {
    const { code = "" } = error as { code?: string };
    const reason = WHY_NOT_LISTENING[code] ?? messageOf(error);
    throw new SetupError(`cannot listen on ${host}, port ${port} (NINES_HOST, NINES_PORT): ${reason}`);
  }
  return app.server;
}

async function stop(server: Application["server"], graceMs: number): Promise<boolean> {
  if (!server) return false;
  let timer: Timer | undefined;
  const late = new Promise<true>((resolve) => {
    timer = setTimeout(() => resolve(true), graceMs);
  });
  const isLate = await Promise.race([server.stop().then(() => false), late]);
  clearTimeout(timer);
  // Not waited for: a client that takes nothing would be waited for again.
  if (isLate) void server.stop(true);
  return isLate;
}
