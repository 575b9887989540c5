// What the main thread and the thread that stores imports say to each other.
import type { Failure } from "../model/failure.ts";
import type { PackedFaults } from "./packedFaults.ts";
import type { Tally } from "./tally.ts";

export type StoreOrder =
  | { kind: "open"; databasePath: string; wanted: Int32Array<SharedArrayBuffer> }
  /** Rows of an import, to be stored later. */
  | { kind: "add"; importId: number; rows: PackedFaults }
  /** Stores so many rows of those added, or fewer, in one transaction that is stamped with this time. */
  | { kind: "store"; importId: number; workspace: string; rows: number; at: number }
  /** The import is over: what was added and not stored is dropped. */
  | { kind: "forget"; importId: number }
  | { kind: "close" };

export type StoreAnswer =
  | { kind: "stored"; rows: number; tally: Tally }
  | Failure
  /** The next order can be carried out at once. */
  | { kind: "ready" }
  | { kind: "closed" };
