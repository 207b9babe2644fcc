// The sessions.

import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { address, go, sessionPath, withQuery } from "./address";
import { actionOf, isTyped, useKeys } from "./keys";
import { List, type SessionRow } from "./list";
import { live } from "./live";
import { LogBar } from "./logbar";
import { notice } from "./notice";
import { Link, Status, Trouble, useTyped } from "./parts";
import { instantOf, isFoldable, Past, pointOf, standingOf } from "./past";
import { Pool } from "./pool";
import { useRest } from "./read";
import { ago, columnOf, count, instant, line, stretch, timeOf } from "./show";
import { s, t } from "./words";
import { changing, team } from "./write";

const SORTS = [
  ["updated", "last updated"],
  ["created", "youngest"],
  ["duration", "longest"],
  ["files", "most files"],
  ["file", "as in the files"],
] as const;

/** What of the address is about the list. */
const FILTERS = ["at", "status", "type", "workspace", "tag", "q", "sort"] as const;

export function filterOf(query: URLSearchParams): Record<string, string | null> {
  return Object.fromEntries(FILTERS.map((name) => [name, query.get(name)]));
}

/** Goes to the same list with something of it changed. */
export function refine(path: string, query: URLSearchParams, changed: Record<string, string | null>): void {
  go(withQuery(path, { ...filterOf(query), ...changed }), "replace");
}

/** The list that is shown: the one of now, or one that goes through time. */
export function useList(page: number): { list: List | Past; past: Past } {
  const list = useMemo(() => new List(page), [page]);
  const past = useMemo(() => new Past(), []);
  const { query } = address.value;
  const filter = FILTERS.filter((name) => name !== "at");
  const key = filter.map((name) => query.get(name) ?? "").join("\n");
  const news = live.value;
  const at = query.get("at");
  // The past stays as it is.
  useEffect(() => {
    const asked = filterOf(address.peek().query);
    if (at === null) {
      past.folded = null;
      void list.read(asked);
    } else if (past.folded !== null && isFoldable(asked) && !past.isFiltered && past.foldedKey === at) past.refine({ ...asked, at: null });
    else {
      past.foldedKey = at;
      void past.open(at, { ...asked, at: null });
    }
  }, [list, past, key, at, at === null ? news?.position : null]);
  return { list: at === null ? list : past, past };
}

/** The moment that is shown, as addresses have it, while it is dragged too. */
export function momentOf(query: URLSearchParams, past: Past): string | null {
  const at = query.get("at");
  if (at === null || past.at.value === null || past.folded === null) return at;
  return pointOf(past.clock.value, past.at.value);
}

/** Reads a list once more. */
export function again(list: List | Past, query: URLSearchParams): void {
  const asked = filterOf(query);
  if (list instanceof Past) void list.open(query.get("at") ?? "head", { ...asked, at: null });
  else void list.read(asked);
}

export function SearchBox({ path }: { path: string }) {
  const { query } = address.value;
  const known = query.get("q") ?? "";
  const { box, sent } = useTyped(known);
  useKeys((event) => {
    if (isTyped(event) || actionOf(event) !== "filter") return;
    event.preventDefault();
    box.current?.focus();
  }, []);
  const rest = useRest();
  return (
    <input
      ref={box}
      type="search"
      placeholder={s("task, id or agent")}
      aria-label={s("Only sessions with this in their task, id or an agent's name")}
      defaultValue={known}
      onInput={(event) => {
        const text = event.currentTarget.value;
        rest(() => {
          sent.current = text;
          refine(path, address.peek().query, { q: text });
        }, 120);
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}

/** Chips with counts, one of which may be chosen. */
export function Facets({ list, path, field, label }: { list: List | Past; path: string; field: "status" | "type"; label: string }) {
  const { query } = address.value;
  const chosen = query.get(field);
  const sums = new Map<string, number>();
  for (const counted of list.counts.value) sums.set(counted[field], (sums.get(counted[field]) ?? 0) + counted.count);
  if (chosen !== null && !sums.has(chosen)) sums.set(chosen, 0);
  const all = [...sums].sort(([, a], [, b]) => b - a).slice(0, 12);
  // A team's server does not count them.
  if (all.length === 0 && team.value !== null) return null;
  return (
    <div class="facet" role="group" aria-label={label}>
      <span class="facet-name">{label}</span>
      {all.map(([value, sum]) => (
        <button
          key={value}
          type="button"
          class={field === "status" ? `chip ${columnOf(value)}` : "chip"}
          aria-pressed={chosen === value}
          onClick={() => refine(path, query, { [field]: chosen === value ? null : value })}
        >
          {line(value)} <span class="number dim">{sum}</span>
        </button>
      ))}
    </div>
  );
}

/** The session that is to be compared with another one. */
const marked = signal<string | null>(null);

export function SessionsScreen() {
  const { query, path } = address.value;
  const { list, past } = useList(200);
  const chosen = useMemo(() => signal(-1), [list]);
  const rows = list.rows.value;
  useKeys(
    (event) => {
      if (isTyped(event)) return;
      const by = event.key === "j" || event.key === "ArrowDown" ? 1 : event.key === "k" || event.key === "ArrowUp" ? -1 : 0;
      const known = list.rows.peek();
      if (by !== 0) {
        chosen.value = Math.min(known.length - 1, Math.max(0, chosen.peek() + by));
        event.preventDefault();
      } else if (actionOf(event) === "change" || actionOf(event) === "tag") {
        const row = known[chosen.peek()];
        if (row !== undefined && askOf(row, actionOf(event) === "tag" ? "tags" : "status")) event.preventDefault();
      } else if (actionOf(event) === "markForCompare") {
        const row = known[chosen.peek()];
        if (row === undefined) return;
        const other = marked.peek();
        if (other === null || other === row.name.full) {
          marked.value = other === null ? row.name.full : null;
          notice.value = other === null ? s("Marked {}: v on another one compares them.", row.name.short) : s("No session is marked.");
        } else {
          marked.value = null;
          go(withQuery("/compare", { a: other, b: row.name.full, at: address.peek().query.get("at") }));
        }
      } else if (event.key === "Enter" && !(event.target instanceof HTMLElement && event.target.closest("a, button") !== null)) {
        const row = known[chosen.peek()];
        if (row !== undefined) open(row, address.peek().query.get("at"));
      }
    },
    [list],
  );
  const at = momentOf(query, past);
  const now = instantOf(list, past, at);
  const isFiltered = ["q", "status", "type", "workspace", "tag"].some((name) => query.get(name));
  return (
    <main class="list-screen" aria-busy={list.isReading.value}>
      <h1 class="spoken">{s("Sessions")}</h1>
      <div class="filters">
        <strong class="total">{list.total.value === null ? "…" : count(list.total.value, "session")}</strong>
        <SearchBox path={path} />
        <label class="sort">
          <span>{s("sort")}</span>
          <select
            value={query.get("sort") ?? "updated"}
            onChange={(event) => refine(path, query, { sort: event.currentTarget.value === "updated" ? null : event.currentTarget.value })}
          >
            {SORTS.map(([value, name]) => (
              <option key={value} value={value}>
                {s(name)}
              </option>
            ))}
          </select>
        </label>
        <Facets list={list} path={path} field="status" label={s("status")} />
        <Facets list={list} path={path} field="type" label={s("type")} />
      </div>
      {list.problem.value !== null && <Trouble problem={list.problem.value} retry={() => again(list, query)} />}
      {rows.length === 0 && list.total.value !== null && !list.isReading.value && list.problem.value === null && (
        <Nothing isFiltered={isFiltered} at={at} clear={() => refine(path, query, { q: null, status: null, type: null, workspace: null, tag: null })} />
      )}
      {rows.length > 0 && (
        <div class={`table${list.isReading.value ? " old" : ""}`}>
          <div class="row heads" aria-hidden="true">
            <span>{s("session")}</span>
            <span>{s("status")}</span>
            <span>{s("task")}</span>
            <span class="type">{s("type")}</span>
            <span class="right">{s("agents")}</span>
            <span class="right">{s("messages")}</span>
            <span class="right files">{s("files")}</span>
            <span class="right length">{s("duration")}</span>
            <span class="right">{s("updated")}</span>
          </div>
          <Pool count={rows.length} rem={2.25} {...(chosen.value < 0 ? {} : { seen: chosen.value })} label={s("Sessions")} onEnd={() => void list.more()}>
            {(index) => {
              const row = rows[index];
              return row === undefined ? null : <Row row={row} at={at} now={now} isChosen={index === chosen.value} isMarked={row.name.full === marked.value} />;
            }}
          </Pool>
        </div>
      )}
      {team.value === null && <LogBar past={past} path={path} query={filterOf(query)} />}
    </main>
  );
}

/** Opens what changes a row of a list; there is no changing the past. */
export function askOf(row: SessionRow, part: "status" | "tags"): boolean {
  if (address.peek().query.get("at") !== null) {
    notice.value = t().cannotChangePast;
    return true;
  }
  changing.value = { part, subject: { name: row.name, task: row.task, revision: row.revision, status: row.status, tags: row.tags } };
  return true;
}

export function linkOf(row: SessionRow, at: string | null): string {
  return withQuery(sessionPath(row.name.full), { at: at === null ? null : at });
}

function open(row: SessionRow, at: string | null): void {
  go(linkOf(row, at));
}

function Row({ row, at, now, isChosen, isMarked }: { row: SessionRow; at: string | null; now: number; isChosen: boolean; isMarked: boolean }) {
  const updated = timeOf(row.updated_at);
  return (
    <Link to={linkOf(row, at)} class={`row${isChosen ? " chosen" : ""}`}>
      <span class="id" title={row.name.full}>
        {isMarked && "◆ "}
        {line(row.name.short)}
      </span>
      <Status status={standingOf(row, now)} />
      <span class="task">
        {row.tags.map((tag) => (
          <span class="tag" key={tag}>
            {line(tag)}
          </span>
        ))}
        {line(row.task) || <span class="dim">{s("no task")}</span>}
      </span>
      <span class="type dim">{line(row.type)}</span>
      <span class="right number agent-count">
        {row.instance_count}
        <span class="unit"> {s("agents")}</span>
      </span>
      <span class="right number messages">
        {row.message_count}
        <span class="unit"> {s("messages")}</span>
      </span>
      <span class="right number files">{row.total_files_changed ?? ""}</span>
      <span class="right number length">{row.total_duration === null ? "" : stretch(row.total_duration * 1000)}</span>
      <span class="right number updated" title={Number.isNaN(updated) ? line(row.updated_at) : instant(updated)}>
        {Number.isNaN(updated) ? line(row.updated_at) : at === null ? ago(updated, Date.now()) : instant(updated).slice(0, 16)}
      </span>
    </Link>
  );
}

export function Nothing({ isFiltered, at, clear }: { isFiltered: boolean; at: string | null; clear: () => void }) {
  if (isFiltered) {
    return (
      <div class="empty">
        <p>{s("No session fits these filters.")}</p>
        <button type="button" onClick={clear}>
          {s("Show all")}
        </button>
      </div>
    );
  }
  if (at !== null) return <p class="empty">{s("There was no session yet.")}</p>;
  return (
    <div class="empty">
      <p>{s("No sessions yet.")}</p>
      <p>
        <code>retold import ~/.ait42</code> {s("takes in a history,")} <code>retold ui --demo</code> {s("shows a sample.")}
      </p>
    </div>
  );
}
