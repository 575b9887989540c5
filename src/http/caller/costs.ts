// What a request costs of its token's allowance, besides the one that every request costs: about one for each ten
// milliseconds of a processor. So a token can keep the server as busy by few dear requests as by many cheap ones.

const UNITS = 10_000;
const BYTES = 65_536;
const ROWS = 1_000;
const LOOKS = 4_000;

/** Of a computation of so many units (microseconds, as judged before it began). */
export const costOfWork = (units: number): number => Math.floor(units / UNITS);
/** Of so many bytes of an import. */
export const costOfBytes = (bytes: number): number => bytes / BYTES;
/** Of so many exported rows. */
export const costOfRows = (rows: number): number => rows / ROWS;
/** Of so many faults that were looked at, whether they fit what was asked for or not. */
export const costOfLooks = (faults: number): number => faults / LOOKS;

/** How a reader thread is asked for a request: it ends with it, and what it costs is charged to its token. */
export const readCall = (
  { signal }: Request,
  { charge }: { charge: (cost: number) => void },
): { signal: AbortSignal; onWork: (units: number) => void } => ({
  signal,
  onWork: (units) => charge(costOfWork(units)),
});
