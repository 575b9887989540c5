// What takes long: imports, exports, streams of events.
import { NinesError } from "../../model/errors.ts";

/** Such a connection may be quiet for so many seconds: then nothing comes, or nothing is taken, and it is cut. */
export const LONGEST_QUIET_S = 120;

/** The refusal of what takes long while the server stops. */
export function stopping(done: string): NinesError {
  return new NinesError("server_stopping", {
    message: `The server is stopping. ${done} Send the request again when it is back.`,
    headers: { "Retry-After": "10" },
  });
}
