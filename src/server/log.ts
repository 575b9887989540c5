// Structured logs: one JSON line an event, to standard error.
import pino from "pino";
import type { Log } from "../model/log.ts";
import type { LogLevel } from "./config.ts";

/** A log that writes events of this level and worse. Nothing secret is ever among the facts. */
export function openLog(level: LogLevel): Log {
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: false }),
  );
  return (eventLevel, event, facts) => logger[eventLevel](facts, event);
}
