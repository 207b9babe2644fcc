// Find in a session: what is not in the page is found too.

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChild } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { withQuery } from "./address";
import type { Model } from "./model";
import type { Asking } from "./net";
import type { Plain } from "./plain";
import { useAsking, useEnd, useRest } from "./read";
import { type Found, Marked } from "./search";
import { count, line } from "./show";
import { s } from "./words";

const HITS = 500;

/** Which find is open: that of words, or that of the changes of an expression's value. */
export type Finding = "words" | "changes" | null;

/** An event that was found, and what is read of it. */
export interface Place {
  revision: number;
  told: ComponentChild;
}

/** What is found goes here. */
export interface Finds {
  session: string;
  asking: Asking;
  show: (places: Place[]) => void;
  tell: (text: string) => void;
  /** Goes to the first place from the cursor on. */
  go: () => void;
}

export interface FindBarProps {
  model: Model;
  open: Signal<Finding>;
  label: Plain;
  /** Looks for what is typed; nothing is shown of what was typed before. */
  look: (typed: string, finds: Finds) => void;
}

export function FindBar({ model, open, label, look }: FindBarProps) {
  const box = useRef<HTMLInputElement>(null);
  const places = useSignal<Place[]>([]);
  const told = useSignal("");
  const asking = useAsking();
  const rest = useRest();
  const show = (found: Place[]): void => {
    places.value = found;
    model.hits.value = found.map(({ revision }) => revision);
  };
  useEnd(() => {
    model.hits.value = [];
  }, [model]);
  // At once: the next key is the first letter.
  useLayoutEffect(() => box.current?.focus(), []);
  const nearest = (rows: Place[], forward: boolean, from: number): Place | undefined =>
    forward ? (rows.find((place) => place.revision > from) ?? rows[0]) : (rows.findLast((place) => place.revision < from) ?? rows.at(-1));
  const step = (forward: boolean, from: number): void => {
    const place = nearest(places.peek(), forward, from);
    if (place !== undefined) model.moveTo(place.revision);
  };
  const finds: Finds = {
    session: model.name.peek()?.full ?? model.session,
    asking,
    show,
    tell: (text) => {
      told.value = text;
    },
    go: () => step(true, model.cursor.peek() - 1),
  };
  const read = (typed: string): void => {
    asking.end();
    show([]);
    told.value = "";
    if (typed.trim() !== "") look(typed.trim(), finds);
  };
  const at = places.value.findIndex((place) => place.revision === model.cursor.value);
  const number = places.value.length;
  return (
    <search class="find" aria-label={s(label)}>
      <input
        ref={box}
        type="search"
        placeholder={s(label)}
        aria-label={s(label)}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          const typed = event.currentTarget.value;
          rest(() => read(typed), 200);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") step(!event.shiftKey, model.cursor.peek());
          else if (event.key === "Escape") open.value = null;
          else return;
          event.preventDefault();
        }}
      />
      <span class="number" role="status">
        {told.value !== "" ? line(told.value) : number === 0 ? "" : at < 0 ? count(number, "hit") : s("{} of {}", at + 1, number)}
      </span>
      <button type="button" onClick={() => step(false, model.cursor.peek())} disabled={number === 0} aria-label={s("The hit before")} title={s("The hit before (Shift Enter)")}>
        ↑
      </button>
      <button type="button" onClick={() => step(true, model.cursor.peek())} disabled={number === 0} aria-label={s("The next hit")} title={s("The next hit (Enter)")}>
        ↓
      </button>
      <span class="snippet">{places.value[at]?.told}</span>
      <button type="button" class="quiet" onClick={() => (open.value = null)} aria-label={s("Close")}>
        ✕
      </button>
    </search>
  );
}

/** Words as they are typed: the last one may go on. */
function wordsOf(text: string): string {
  return /[\p{L}\p{N}]$/u.test(text) && !/["*]/.test(text) ? `${text}*` : text;
}

export function Find({ model, open }: { model: Model; open: Signal<Finding> }) {
  const look = (typed: string, { session, asking, show, tell, go }: Finds): void => {
    asking.ask<Found>(
      withQuery("/search.json", { q: wordsOf(typed), session, n: HITS }),
      ({ rows }) => {
        const found = rows.sort((a, b) => a.revision - b.revision);
        show(found.map((hit) => ({ revision: hit.revision, told: <Marked snippet={hit.snippet} isPruned={hit.is_pruned} /> })));
        if (found.length === 0) tell(s("nothing found"));
        go();
      },
      (refused) => tell(refused.message),
    );
  };
  return <FindBar model={model} open={open} label="Find in this session" look={look} />;
}
