// The files that calls of the session changed, up to the cursor, and by which events.

import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { sessionPath, withQuery } from "./address";
import type { Model } from "./model";
import type { Problem } from "./net";
import { Trouble } from "./parts";
import { useAsking } from "./read";
import { clock, count, line } from "./show";
import { s, t } from "./words";

interface Changed {
  path: string | null;
  is: "changed" | "written" | "deleted";
  added: number | null;
  removed: number | null;
  revision: number;
  occurred_at: number;
}

interface Answer {
  rows: Changed[];
  next: number | null;
  revision: number;
}

/** A file, and its changes in order. */
export interface Touched {
  path: string | null;
  changes: Changed[];
}

/** Files that are drawn. */
const SHOWN_MAX = 500;

/** Returns the files, the one that was changed last first; those whose changes are all later than the cursor come after them. */
export function filesOf(rows: Changed[], cursor: number): Touched[] {
  const files = new Map<string, Touched>();
  for (const row of rows) {
    const key = row.path ?? "";
    const known = files.get(key);
    if (known === undefined) files.set(key, { path: row.path, changes: [row] });
    else known.changes.push(row);
  }
  const last = ({ changes }: Touched): number => {
    const by = changes.findLast(({ revision }) => revision <= cursor)?.revision;
    return by ?? -(changes[0]?.revision ?? 0);
  };
  return [...files.values()].sort((a, b) => last(b) - last(a));
}

/** The sum of lines where every change tells them; `null` where one does not. */
export function linesOf(changes: Changed[], of: "added" | "removed"): number | null {
  let sum = 0;
  for (const change of changes) {
    const lines = change[of];
    if (lines === null) return null;
    sum += lines;
  }
  return sum;
}

export function FilesPane({ model }: { model: Model }) {
  const asking = useAsking();
  const rows = useMemo(() => signal<Changed[] | null>(null), [model]);
  const problem = useMemo(() => signal<Problem | null>(null), [model]);
  const through = useMemo(() => signal(0), [model]);
  const last = model.last.value;
  const read = (): void => {
    const take = (answer: Answer): void => {
      problem.value = null;
      rows.value = [...(rows.peek() ?? []), ...answer.rows];
      through.value = answer.next ?? answer.revision;
      if (answer.next !== null) ask();
    };
    const ask = (): void =>
      asking.ask<Answer>(withQuery(sessionPath(model.session, "/files.json"), { from: through.peek() }), take, (refused) => {
        problem.value = refused;
      });
    ask();
  };
  useEffect(() => {
    if (last > through.peek()) read();
  }, [model, last]);
  const cursor = model.cursor.value;
  const known = rows.value;
  const files = useMemo(() => filesOf(known ?? [], cursor), [known, cursor]);
  if (problem.value !== null) return <Trouble problem={problem.value} retry={read} />;
  if (known === null) return <p class="empty">…</p>;
  return (
    <div class="files" aria-busy={through.value < last}>
      <p class="dim">{s("What calls of tools say that they change.")}</p>
      {files.length === 0 && <p class="empty">{s("No call says that it changes a file.")}</p>}
      {files.slice(0, SHOWN_MAX).map((file) => (
        <File key={file.path ?? ""} file={file} model={model} cursor={cursor} />
      ))}
      {files.length > SHOWN_MAX && <p class="more">{t().more(files.length - SHOWN_MAX)}</p>}
    </div>
  );
}

function File({ file, model, cursor }: { file: Touched; model: Model; cursor: number }) {
  const done = file.changes.filter(({ revision }) => revision <= cursor);
  const path = file.path === null ? s("a file that is not named") : line(file.path);
  const cut = path.lastIndexOf("/") + 1;
  return (
    <details class={`file${done.length === 0 ? " later" : ""}`}>
      <summary>
        <span class="name">
          {path.slice(cut)} <span class="dim">{path.slice(0, cut)}</span>
        </span>
        <Lines changes={done} />
        <span class="number dim">{count(done.length, "change")}</span>
      </summary>
      {file.changes.map((change, nth) => (
        <button
          key={nth}
          type="button"
          class={`file-change${change.revision > cursor ? " later" : ""}${change.revision === cursor ? " written" : ""}`}
          onClick={() => model.moveTo(change.revision)}
        >
          <span class="number rev">r{change.revision}</span>
          <span class="number dim">{clock(change.occurred_at / 1000)}</span>
          <span>{s(change.is)}</span>
          <Lines changes={[change]} />
        </button>
      ))}
    </details>
  );
}

function Lines({ changes }: { changes: Changed[] }) {
  const [added, removed] = [linesOf(changes, "added"), linesOf(changes, "removed")];
  if (added === null || removed === null) return <span class="number dim">?</span>;
  return (
    <span class="number">
      {added > 0 && <span class="added">+{added}</span>} {removed > 0 && <span class="removed">−{removed}</span>}
    </span>
  );
}
