// One answer of the server, read again when its address or the log changes.

import { type Signal, signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { calm } from "./live";
import { Asking, asProblem, get, isAbort, type Problem } from "./net";

/** Reads an address, one request at a time: news that come meanwhile have it read once more, and do not end what is under way. */
export class Read<T> {
  readonly value: Signal<T | null> = signal<T | null>(null);
  readonly problem: Signal<Problem | null> = signal<Problem | null>(null);
  readonly isReading: Signal<boolean> = signal(false);
  private address: string | null = null;
  private reading: AbortController | null = null;
  private isOld = false;

  constructor(private readonly ask: (address: string, signal: AbortSignal) => Promise<T> = get) {}

  /** Reads an address; `null` reads nothing. What was read stays until the next is there. */
  of(address: string | null): void {
    if (address !== this.address) this.stop();
    this.address = address;
    if (address === null) this.value.value = null;
    else if (this.reading !== null) this.isOld = true;
    else void this.read(address);
  }

  /** Reads the same address once more. */
  readonly again = (): void => this.of(this.address);

  readonly stop = (): void => {
    this.reading?.abort();
    this.reading = null;
    this.isOld = false;
    this.isReading.value = false;
  };

  private async read(address: string): Promise<void> {
    const reading = new AbortController();
    this.reading = reading;
    this.isReading.value = true;
    try {
      const answer = await this.ask(address, reading.signal);
      if (this.reading !== reading) return;
      this.value.value = answer;
      this.problem.value = null;
    } catch (error) {
      if (this.reading !== reading || isAbort(error)) return;
      this.problem.value = asProblem(error);
    }
    this.reading = null;
    this.isReading.value = false;
    if (this.isOld) {
      this.isOld = false;
      void this.read(address);
    }
  }
}

/** Ends something with a part of the page: at once, where an effect would end once the page without it is painted. */
export function useEnd(end: () => void, depends: readonly unknown[] = []): void {
  useLayoutEffect(() => end, depends);
}

/** What a part of the page asks for, until it goes. */
export function useAsking(): Asking {
  const asking = useMemo(() => new Asking(), []);
  useEnd(asking.end);
  return asking;
}

/** Calls what was given last once some milliseconds have gone by; nothing for who has gone by then. */
export function useRest(): (act: () => void, ms: number) => void {
  const wait = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEnd(() => clearTimeout(wait.current));
  return (act, ms) => {
    clearTimeout(wait.current);
    wait.current = setTimeout(act, ms);
  };
}

export function useAnswer<T>(address: string | null): Read<T> {
  const read = useMemo(() => new Read<T>(), []);
  const position = calm.value;
  useEffect(() => read.of(address), [address, position]);
  useEnd(read.stop);
  return read;
}
