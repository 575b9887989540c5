// The server of these tests: asked far more than one token may ask in a minute.
import { serve as serveLimited } from "../support/binary.ts";

/** Starts `nines serve` without a limit to requests. */
export const serve: typeof serveLimited = (folder, environment = {}) =>
  serveLimited(folder, { NINES_RATE_LIMIT: "0", ...environment });
