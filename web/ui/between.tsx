// What differs between two moments of a session, and who wrote what: a file holds neither.

import { sessionPath, withQuery } from "./address";
import { type Blamed, useRead } from "./inspector";
import type { Model } from "./model";
import { Trouble } from "./parts";
import { instant, line, visible } from "./show";
import { s, t } from "./words";

export interface Patched {
  place: string;
  path: string;
  op: string;
  lines: string[];
}

interface Difference {
  base: number;
  revision: number;
  rows: Patched[];
  limit?: { limit: number };
}

function signOf(text: string): string {
  const sign = text.startsWith("    ") ? text[4] : text[0];
  return sign === "+" ? "added" : sign === "-" ? "removed" : sign === "~" ? "changed" : "";
}

/** What differs, place by place. */
export function Changes({ rows }: { rows: Patched[] }) {
  return (
    <>
      {rows.map((row) => (
        <div key={`${row.op} ${row.path} ${row.lines[0]}`} class="change">
          {row.lines.map((text, nth) => (
            <div key={nth} class={`line ${signOf(text)}`}>
              {visible(text)}
            </div>
          ))}
        </div>
      ))}
    </>
  );
}

export function DiffPane({ model }: { model: Model }) {
  const base = model.base.value;
  const address = withQuery(sessionPath(model.session, "/diff.json"), { at: `r${model.cursor.value}`, base: base === null ? null : `r${base}` });
  const { value, problem, isOld } = useRead<Difference>(address);
  if (problem !== null) return <Trouble problem={problem} />;
  if (value === null) return <p class="empty">…</p>;
  return (
    <div class={`diff${isOld ? " old" : ""}`} aria-busy={isOld}>
      <p class="dim">
        {value.base === 0 ? s("from nothing") : `r${value.base}`} → r{value.revision}
        {base === null ? ` · ${s("x pins a base")}` : ""}
      </p>
      {value.rows.length === 0 && <p class="empty">{s("Nothing differs.")}</p>}
      <Changes rows={value.rows} />
      {value.limit !== undefined && <p class="more">{s("The first {} lines: `retold diff` gives all.", value.limit.limit.toLocaleString("en"))}</p>}
    </div>
  );
}

export function BlamePane({ model }: { model: Model }) {
  const address = withQuery(sessionPath(model.session, "/blame.json"), { at: `r${model.cursor.value}` });
  const { value, problem, isOld } = useRead<{ rows: Blamed[]; limit?: { limit: number } }>(address);
  if (problem !== null) return <Trouble problem={problem} />;
  if (value === null) return <p class="empty">…</p>;
  return (
    <div class={`blame${isOld ? " old" : ""}`} aria-busy={isOld}>
      {value.rows.slice(0, 400).map((row) => (
        <button
          key={row.path}
          type="button"
          class={`blame-row${row.revision === model.cursor.value ? " written" : ""}`}
          onClick={() => model.moveTo(row.revision)}
          title={`${row.kind}, ${row.origin ?? s("unknown")}, ${instant(row.occurred_at / 1000)}`}
        >
          <span class="number rev">r{row.revision}</span>
          <span class="key">{line(row.place)}</span>
          <span class="value">{line(row.value)}</span>
        </button>
      ))}
      {value.rows.length > 400 && <p class="more">{t().more(value.rows.length - 400)}: `retold blame`</p>}
    </div>
  );
}
