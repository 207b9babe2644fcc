// One answer of the server, read again when its address or the log changes.

import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { live } from "./live";
import { asProblem, get, isAbort, type Problem } from "./net";

export interface Read<T> {
  value: Signal<T | null>;
  problem: Signal<Problem | null>;
  isReading: Signal<boolean>;
  again: () => void;
}

/** Reads an address; `null` reads nothing. What was read stays until the next is there. */
export function useAnswer<T>(address: string | null): Read<T> {
  const read = useMemo(() => ({ value: signal<T | null>(null), problem: signal<Problem | null>(null), isReading: signal(false), tries: signal(0) }), []);
  const position = live.value?.position;
  useEffect(() => {
    if (address === null) {
      read.value.value = null;
      return;
    }
    const reading = new AbortController();
    read.isReading.value = true;
    // A log that grows is summed up at most once in two seconds.
    const wait = setTimeout(
      () => {
        get<T>(address, reading.signal)
          .then((answer) => {
            read.value.value = answer;
            read.problem.value = null;
            read.isReading.value = false;
          })
          .catch((error: unknown) => {
            if (isAbort(error)) return;
            read.problem.value = asProblem(error);
            read.isReading.value = false;
          });
      },
      read.value.peek() === null ? 0 : 300,
    );
    return () => {
      clearTimeout(wait);
      reading.abort();
    };
  }, [address, position, read.tries.value]);
  return {
    ...read,
    again: () => {
      read.tries.value += 1;
    },
  };
}
