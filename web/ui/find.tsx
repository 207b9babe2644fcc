// Find in a session: what is not in the page is found too.

import { type Signal, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { withQuery } from "./address";
import type { Model } from "./model";
import { useAsking, useRest } from "./read";
import { type Found, type Hit, Marked } from "./search";
import { line } from "./show";
import { s } from "./words";

const HITS = 500;

/** Words as they are typed: the last one may go on. */
function wordsOf(text: string): string {
  const trimmed = text.trim();
  return /[\p{L}\p{N}]$/u.test(trimmed) && !/["*]/.test(trimmed) ? `${trimmed}*` : trimmed;
}

export function Find({ model, isOpen }: { model: Model; isOpen: Signal<boolean> }) {
  const box = useRef<HTMLInputElement>(null);
  const hits = useSignal<Hit[]>([]);
  const told = useSignal("");
  const asking = useAsking();
  const rest = useRest();
  // At once: the next key is the first letter.
  useLayoutEffect(() => box.current?.focus(), []);
  const nearest = (rows: Hit[], forward: boolean, from: number): Hit | undefined =>
    forward ? (rows.find((hit) => hit.revision > from) ?? rows[0]) : (rows.findLast((hit) => hit.revision < from) ?? rows.at(-1));
  const step = (forward: boolean): void => {
    const hit = nearest(hits.peek(), forward, model.cursor.peek());
    if (hit !== undefined) model.moveTo(hit.revision);
  };
  const read = (text: string): void => {
    asking.end();
    if (text.trim() === "") {
      hits.value = [];
      told.value = "";
      return;
    }
    asking.ask<Found>(
      withQuery("/search.json", { q: wordsOf(text), session: model.name.peek()?.full ?? model.session, n: HITS }),
      (answer) => {
        hits.value = answer.rows.sort((a, b) => a.revision - b.revision);
        told.value = answer.rows.length === 0 ? "nothing found" : "";
        const first = nearest(hits.peek(), true, model.cursor.peek() - 1);
        if (first !== undefined) model.moveTo(first.revision);
      },
      (refused) => {
        told.value = refused.message;
      },
    );
  };
  const at = hits.value.findIndex((hit) => hit.revision === model.cursor.value);
  const here = hits.value[at];
  return (
    <search class="find" aria-label={s("Find in this session")}>
      <input
        ref={box}
        type="search"
        placeholder={s("find in this session")}
        aria-label={s("Find in this session")}
        onInput={(event) => {
          const text = event.currentTarget.value;
          rest(() => read(text), 200);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") step(!event.shiftKey);
          else if (event.key === "Escape") isOpen.value = false;
          else return;
          event.preventDefault();
        }}
      />
      <span class="number" role="status">
        {told.value !== "" ? line(told.value) : hits.value.length === 0 ? "" : at < 0 ? count(hits.value.length) : s("{} of {}", at + 1, hits.value.length)}
      </span>
      <button type="button" onClick={() => step(false)} disabled={hits.value.length === 0} aria-label={s("The hit before")} title={s("The hit before (Shift Enter)")}>
        ↑
      </button>
      <button type="button" onClick={() => step(true)} disabled={hits.value.length === 0} aria-label={s("The next hit")} title={s("The next hit (Enter)")}>
        ↓
      </button>
      <span class="snippet">{here !== undefined && <Marked snippet={here.snippet} isPruned={here.is_pruned} />}</span>
      <button type="button" class="quiet" onClick={() => (isOpen.value = false)} aria-label={s("Close")}>
        ✕
      </button>
    </search>
  );
}

function count(number: number): string {
  return `${number} hit${number === 1 ? "" : "s"}`;
}
