// What a request costs of its token's allowance, besides the one that every request costs: about one for each ten
// milliseconds of a processor. So a token can keep the server as busy by few dear requests as by many cheap ones.

const UNITS = 10_000;
const BYTES = 65_536;
const ANSWER_BYTES = 262_144;
const ROWS = 1_000;
const LOOKS = 4_000;

/** Of a computation of so many units (microseconds, as judged before it began). */
export const costOfWork = (units: number): number => Math.floor(units / UNITS);
/** Of a part of an import, however small. */
export const COST_OF_PART = 1 / 500;
/** Of so many bytes of an import, or of a body that was not announced. */
export const costOfBytes = (bytes: number): number => bytes / BYTES;
/** Of an answer of so many bytes that was made, be it sent or, for a HEAD, thrown away. */
export const costOfAnswer = (bytes: number): number => bytes / ANSWER_BYTES;
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
