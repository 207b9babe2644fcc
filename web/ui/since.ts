// Since when cards have been where they are. Those that are looked at are asked for together.

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { withQuery } from "./address";
import type { SessionRow } from "./list";
import { Asking } from "./net";
import { SILENT_AFTER, timeOf } from "./show";

/** How long they are looked at before that, in milliseconds: nothing is asked for while time is dragged. */
const REST = 200;
/** Sessions of one request. */
const SESSIONS_MAX = 200;
/** Answers that are kept: more than there are cards on any screen, so that none of theirs goes. */
const KNOWN_MAX = 10_000;

interface Wanted {
  stream: number;
  at: string | null;
}

interface Standing {
  stream: number;
  /** In microseconds since 1970. */
  since: number;
}

const known = signal<ReadonlyMap<string, number>>(new Map());
const wanted = new Map<string, Wanted>();
const asking = new Asking();
let wait: ReturnType<typeof setTimeout> | undefined;

function askLater(): void {
  clearTimeout(wait);
  wait = setTimeout(ask, REST);
}

function ask(): void {
  const [first] = wanted.values();
  if (first === undefined) return;
  const asked = [...wanted].filter(([, { at }]) => at === first.at).slice(0, SESSIONS_MAX);
  // A moment that is not a position is one by happening: see `pointOf`.
  const clock = first.at === null || /^\d+$/.test(first.at) ? null : "occurred";
  const address = withQuery("/sessions/standings.json", { at: first.at, clock, streams: asked.map(([, { stream }]) => stream).join(",") });
  const done = (rows: Standing[]): void => {
    const since = new Map(rows.map((row) => [row.stream, row.since / 1000]));
    const all = new Map([...known.peek()].slice(-KNOWN_MAX));
    for (const [key, { stream }] of asked) {
      all.set(key, since.get(stream) ?? Number.NaN);
      wanted.delete(key);
    }
    known.value = all;
    if (wanted.size > 0) askLater();
  };
  // A card does without where there is no answer.
  asking.ask<{ rows: Standing[] }>(
    address,
    ({ rows }) => done(rows),
    () => done([]),
  );
}

/** Returns since when the session of a row has stood as it does, in milliseconds since 1970; NaN as long as that is not known. */
export function useSince(row: SessionRow, stands: string, at: string | null): number {
  const key = `${row.stream} ${at ?? `r${row.revision}`}`;
  const isTold = stands === row.status;
  useEffect(() => {
    if (!isTold || known.peek().has(key)) return;
    wanted.set(key, { stream: row.stream, at });
    askLater();
    return () => wanted.delete(key);
  }, [key, isTold]);
  // One that is open stands as it does by when it was written to last.
  if (!isTold) return stands === "paused" ? timeOf(row.updated_at) + SILENT_AFTER : Number.NaN;
  return known.value.get(key) ?? Number.NaN;
}
