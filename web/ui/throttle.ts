// Something that happens again and again, followed at most so often.

/** Calls `act` at once, and then at most once a period: what is told meanwhile is followed at the end of it. */
export function throttle(act: () => void, period: number): () => void {
  let resting: ReturnType<typeof setTimeout> | undefined;
  let isWanted = false;
  const run = (): void => {
    isWanted = false;
    resting = setTimeout(() => {
      resting = undefined;
      if (isWanted) run();
    }, period);
    act();
  };
  return () => {
    if (resting === undefined) run();
    else isWanted = true;
  };
}
