// The sessions by status.

import { useEffect } from "preact/hooks";
import { address } from "./address";
import type { SessionRow } from "./list";
import { LogBar } from "./logbar";
import { Link, Trouble } from "./parts";
import { again, Facets, filterOf, linkOf, momentOf, Nothing, refine, SearchBox, useList } from "./sessions";
import { ago, COLUMNS, columnOf, count, instant, line, stretch, timeOf } from "./show";

/** Cards of a column. */
const CARDS_MAX = 60;

export function BoardScreen() {
  const { query, path } = address.value;
  const { list, past } = useList(1000);
  const rows = list.rows.value;
  useEffect(() => {
    // All of them have their column.
    void list.more();
  }, [rows.length, list.isReading.value]);
  const columns = new Map<string, SessionRow[]>(COLUMNS.map(({ column }) => [column, []]));
  for (const row of rows) columns.get(columnOf(row.status))?.push(row);
  const at = momentOf(query, past);
  const isFiltered = ["q", "type", "workspace", "tag"].some((name) => query.get(name));
  return (
    <main class="board-screen" aria-busy={list.isReading.value}>
      <h1 class="spoken">Board</h1>
      <div class="filters">
        <strong class="total">{list.total.value === null ? "…" : count(list.total.value, "session")}</strong>
        <SearchBox path={path} />
        <Facets list={list} path={path} field="type" label="type" />
      </div>
      {list.problem.value !== null && <Trouble problem={list.problem.value} retry={() => again(list, query)} />}
      {rows.length === 0 && list.total.value !== null && !list.isReading.value && list.problem.value === null && (
        <Nothing isFiltered={isFiltered} at={at} clear={() => refine(path, query, { q: null, type: null, workspace: null, tag: null })} />
      )}
      <div class="board">
        {COLUMNS.map(({ column, glyph, name }) => {
          const cards = columns.get(column) ?? [];
          return (
            <section key={column} class={`column ${column}`} aria-label={`${name}, ${cards.length}`}>
              <h2>
                <span aria-hidden="true" class="glyph">
                  {glyph}
                </span>
                {name} <span class="number dim">{cards.length}</span>
              </h2>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
              <div class="cards" tabIndex={0} role="region" aria-label={name}>
                {cards.slice(0, CARDS_MAX).map((row) => (
                  <Card key={row.stream} row={row} at={at} isOther={column === "other"} />
                ))}
                {cards.length > CARDS_MAX && <p class="more">{(cards.length - CARDS_MAX).toLocaleString("en")} more: the list shows all</p>}
              </div>
            </section>
          );
        })}
      </div>
      <LogBar past={past} path={path} query={filterOf(query)} />
    </main>
  );
}

function Card({ row, at, isOther }: { row: SessionRow; at: string | null; isOther: boolean }) {
  const updated = timeOf(row.updated_at);
  const facts = [count(row.instance_count, "agent"), count(row.message_count, "message")];
  if (row.total_files_changed !== null) facts.push(count(row.total_files_changed, "file"));
  return (
    <Link to={linkOf(row, at)} class="card">
      <span class="card-top">
        <span class="type">{line(row.type)}</span>
        {isOther && <span class="status other">{line(row.status)}</span>}
        <span class="id end">{line(row.name.short)}</span>
      </span>
      <span class="task">{line(row.task) || "no task"}</span>
      <span class="dim">{facts.join(" · ")}</span>
      <span class="dim number">
        {row.total_duration !== null && `${stretch(row.total_duration * 1000)} · `}
        {Number.isNaN(updated) ? line(row.updated_at) : at === null ? ago(updated, Date.now()) : instant(updated).slice(0, 16)}
      </span>
    </Link>
  );
}
