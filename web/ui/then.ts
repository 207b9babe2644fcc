// The text of a message as it was at the moment that is shown, where it was changed after that.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { sessionPath, withQuery } from "./address";
import { held } from "./file";
import { useAsking } from "./read";
import type { Entry, Excerpt, Turn } from "./talk";

/** How long the cursor rests before it is asked for, in milliseconds. */
const REST = 120;

/** Returns the text of an entry at a revision; `null` while that is what is known of it anyway, or not known yet. */
export function useThen(session: string, entry: Entry, cursor: number, isPast: boolean): Excerpt | null {
  const known = useSignal<{ at: number; text: Excerpt | null }>({ at: 0, text: null });
  const asking = useAsking();
  const isAsked = isPast && held === null && entry.entry === "message" && entry.edited && entry.revision <= cursor;
  useEffect(() => {
    if (!isAsked) return;
    const wait = setTimeout(() => {
      const address = withQuery(sessionPath(session, "/conversation.json"), { at: `r${cursor}`, after: entry.revision - 1, n: 1 });
      asking.ask<{ rows: Turn[] }>(
        address,
        ({ rows }) => {
          const found = rows.flatMap((turn) => turn.entries).find((other) => other.revision === entry.revision);
          known.value = { at: cursor, text: found?.entry === "message" ? found.text : null };
        },
        () => {
          known.value = { at: cursor, text: null };
        },
      );
    }, REST);
    return () => {
      clearTimeout(wait);
      asking.end();
    };
  }, [session, entry.revision, cursor, isAsked]);
  return isAsked ? known.value.text : null;
}
