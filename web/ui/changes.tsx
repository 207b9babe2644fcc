// Where the value of an expression changes in a session, and with that where a condition begins to hold or ends.

import type { Signal } from "@preact/signals";
import { sessionPath, withQuery } from "./address";
import { FindBar, type Finding, type Finds, type Place } from "./find";
import type { Model } from "./model";
import type { Json } from "./net";
import { line } from "./show";
import { s } from "./words";

/** Changes that are found; the command `retold trace` tells all of them. */
const CHANGES_MAX = 5000;

interface Traced {
  before: Json;
  rows: { revision: number; value: Json }[];
  next: number | null;
}

function shown(value: Json): string {
  return typeof value === "string" ? line(value) : JSON.stringify(value);
}

function look(of: string, { session, asking, show, tell, go }: Finds): void {
  const found: Place[] = [];
  let was: Json = null;
  const ask = (from: number | null): void =>
    asking.ask<Traced>(
      withQuery(sessionPath(session, "/trace.json"), { of, from }),
      (answer) => {
        if (from === null) was = answer.before;
        const isFirst = found.length === 0;
        for (const { revision, value } of answer.rows) {
          const told = (
            <>
              <span class="removed">{shown(was)}</span> → <span class="added">{shown(value)}</span>
            </>
          );
          found.push({ revision, told });
          was = value;
        }
        show([...found]);
        if (isFirst && found.length > 0) go();
        if (answer.next !== null && found.length < CHANGES_MAX) {
          tell(s("looked through to r{}", answer.next));
          ask(answer.next);
        } else tell(found.length === 0 ? s("It does not change.") : "");
      },
      (refused) => tell([refused.message, ...refused.details].join(" · ")),
    );
  ask(null);
}

export function FindChanges({ model, open }: { model: Model; open: Signal<Finding> }) {
  return <FindBar model={model} open={open} label="Where an SQL expression changes: status, message_count > 10" look={look} />;
}
