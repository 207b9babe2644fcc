// What stands in a file in the place of secrets, to be looked through before the file goes to somebody.

import { address, go, withQuery } from "./address";
import type { Held } from "./file";
import type { Json } from "./net";
import { Sheet } from "./parts";
import { count, line } from "./show";
import { s, t } from "./words";

export interface Place {
  revision: number;
  /** The rule that found a secret there. */
  rule: string;
  /** Where in the event, as a path. */
  path: string;
  before: string;
  after: string;
}

/** As `retold_secrets::mask` writes it. */
const MASK = /\[masked: ([a-z0-9-]+)\]/g;
/** Letters on either side. */
const AROUND = 40;
/** Places that are shown. */
const SHOWN_MAX = 500;

/** Returns where something is masked, in the order of the events. */
export function placesOf(events: Held["events"]): Place[] {
  const places: Place[] = [];
  const find = (revision: number, path: string, text: string): void => {
    for (const found of text.matchAll(MASK)) {
      const end = found.index + found[0].length;
      places.push({ revision, rule: found[1] ?? "", path, before: text.slice(Math.max(0, found.index - AROUND), found.index), after: text.slice(end, end + AROUND) });
    }
  };
  const walk = (revision: number, path: string, value: Json | undefined): void => {
    if (typeof value === "string") find(revision, path, value);
    else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        const below = path === "" ? key : `${path}/${key}`;
        find(revision, below, key);
        walk(revision, below, inner);
      }
    }
  };
  for (const { revision, body, meta } of events) {
    walk(revision, "", body);
    walk(revision, "meta", meta);
  }
  return places;
}

/** Where something is masked, each place with what is around it, and leading to its event. */
export function Places({ places, close }: { places: Place[]; close: () => void }) {
  return (
    <>
      <p class="dim">{s("Each place is listed once, wherever else the page shows it. A secret that no rule knows is not found: read what you give away.")}</p>
      {places.length === 0 && <p class="empty">{s("Nothing is masked in its events.")}</p>}
      {places.slice(0, SHOWN_MAX).map(({ revision, rule, path, before, after }, nth) => (
        <button
          key={nth}
          type="button"
          class="file-change masked-place"
          onClick={() => {
            go(withQuery(address.peek().path, { at: `r${revision}` }));
            close();
          }}
        >
          <span class="number rev">r{revision}</span>
          <span class="dim">{line(path)}</span>
          <span class="around">
            {line(before)}
            <mark>{line(rule)}</mark>
            {line(after)}
          </span>
        </button>
      ))}
      {places.length > SHOWN_MAX && <p class="more">{t().more(places.length - SHOWN_MAX)}</p>}
      <p class="dim">{count(places.length, "place")}</p>
    </>
  );
}

export function MaskedSheet({ held, close }: { held: Held; close: () => void }) {
  return (
    <Sheet title={s("What is masked")} close={close} isWide>
      <Places places={placesOf(held.events)} close={close} />
    </Sheet>
  );
}
