// What the memory of a report is measured by: the heap of the thread that makes it, told by that thread itself. What
// the process holds beside it, such as answers that nobody has read yet, is no part of that.

/** Shared by two threads: the most that was noted, in KiB, and how often something was noted. */
export type MemoryNotes = Int32Array<SharedArrayBuffer>;

const KIB = 1024;
const MOST = 0;
const COUNT = 1;

/** Notes for one report. */
export function memoryNotes(): MemoryNotes {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}

/** In the thread that is measured: notes what its heap holds now, with what lies outside of it for its sake. */
export function noteMemory(notes: MemoryNotes): void {
  const kib = Math.ceil(process.memoryUsage().heapUsed / KIB);
  if (kib > Atomics.load(notes, MOST)) Atomics.store(notes, MOST, kib);
  Atomics.add(notes, COUNT, 1);
}

/** The most that was noted, in bytes, and how many notes there were. */
export function notedMemory(notes: MemoryNotes): { bytes: number; count: number } {
  return { bytes: Atomics.load(notes, MOST) * KIB, count: Atomics.load(notes, COUNT) };
}
