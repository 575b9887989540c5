// Structured logs: one JSON line an event, to standard error.
import pino from "pino";
import type { Log } from "../model/log.ts";
import { visible } from "../model/visible.ts";
import type { LogLevel } from "./config.ts";

/**
 * A log that writes events of this level and worse. Nothing secret is ever among the facts, and nothing in them steers
 * a terminal that shows the log.
 */
export function openLog(level: LogLevel): Log {
  const destination = pino.destination({ fd: 2, sync: false });
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line) => destination.write(`${visible(line.trimEnd())}\n`) },
  );
  return (eventLevel, event, facts) => logger[eventLevel](facts, event);
}
