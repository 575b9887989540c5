// How one part says to another that there is something to do, whichever of them is made first.

export type Bell = {
  ring: () => void;
  /** Names who hears it from now on. */
  heardBy: (listener: () => void) => void;
};

/** A bell. Rung before anybody listens, it does nothing: who begins later looks by itself first. */
export function bell(): Bell {
  let hear = () => {};
  return {
    ring: () => hear(),
    heardBy: (listener) => {
      hear = listener;
    },
  };
}
