// The sessions by status. Cards may be moved where the server takes changes.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { address } from "./address";
import { actionOf, isTyped, useKeys } from "./keys";
import type { SessionRow } from "./list";
import { LogBar } from "./logbar";
import { asProblem } from "./net";
import { Link, Trouble } from "./parts";
import { instantOf, standingOf } from "./past";
import { Pool } from "./pool";
import { again, askOf, Facets, filterOf, linkOf, momentOf, Nothing, refine, SearchBox, useList } from "./sessions";
import { ago, COLUMNS, type Column, columnOf, count, glyphOf, instant, line, roughly, stretch, timeOf } from "./show";
import { useSince } from "./since";
import { s, t } from "./words";
import { canWrite, drawKey, failed, setStatus, team } from "./write";

/** The height of a card with the space below it, in rem, as the style has it. */
const CARD_REM = 8.5;

export function BoardScreen() {
  const { query, path } = address.value;
  const { list, past } = useList(1000);
  /** The card that is carried, and the column that it is over. */
  const carried = useSignal<SessionRow | null>(null);
  const over = useSignal<Column | null>(null);
  const rows = list.rows.value;
  useEffect(() => {
    // All of them have their column.
    void list.more();
  }, [rows.length, list.isReading.value]);
  useKeys(
    (event) => {
      const action = actionOf(event);
      if (isTyped(event) || (action !== "change" && action !== "tag")) return;
      const stream = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-stream]")?.dataset.stream : undefined;
      const row = list.rows.peek().find((known) => String(known.stream) === stream);
      if (row !== undefined && askOf(row, action === "tag" ? "tags" : "status")) event.preventDefault();
    },
    [list],
  );
  const at = momentOf(query, past);
  const now = instantOf(list, past, at);
  const columns = new Map<string, SessionRow[]>(COLUMNS.map(({ column }) => [column, []]));
  for (const row of rows) columns.get(columnOf(standingOf(row, now)))?.push(row);
  const isFiltered = ["q", "type", "workspace", "tag"].some((name) => query.get(name));
  const isMovable = canWrite.value && at === null;
  const drop = (column: Column): void => {
    const row = carried.peek();
    carried.value = null;
    over.value = null;
    if (row === null || column === "other" || columnOf(standingOf(row, now)) === column) return;
    setStatus(row, column, drawKey()).catch((error: unknown) => {
      failed.value = asProblem(error);
    });
  };
  return (
    <main class="board-screen" aria-busy={list.isReading.value}>
      <h1 class="spoken">{s("Board")}</h1>
      <div class="filters">
        <strong class="total">{list.total.value === null ? "…" : count(list.total.value, "session")}</strong>
        <SearchBox path={path} />
        <Facets list={list} path={path} field="type" label={s("type")} />
      </div>
      {list.problem.value !== null && <Trouble problem={list.problem.value} retry={() => again(list, query)} />}
      {rows.length === 0 && list.total.value !== null && !list.isReading.value && list.problem.value === null && (
        <Nothing isFiltered={isFiltered} at={at} clear={() => refine(path, query, { q: null, type: null, workspace: null, tag: null })} />
      )}
      <div class="board">
        {COLUMNS.map(({ column, glyph, name }) => {
          const cards = columns.get(column) ?? [];
          return (
            <section
              key={column}
              class={`column ${column}${over.value === column ? " over" : ""}`}
              aria-label={`${s(name)}, ${cards.length}`}
              onDragOver={(event) => {
                if (carried.peek() === null || column === "other") return;
                event.preventDefault();
                over.value = column;
              }}
              onDragLeave={() => {
                if (over.peek() === column) over.value = null;
              }}
              onDrop={(event) => {
                event.preventDefault();
                drop(column);
              }}
            >
              <h2>
                <span aria-hidden="true" class="glyph">
                  {glyph}
                </span>
                {s(name)} <span class="number dim">{cards.length}</span>
              </h2>
              <Pool count={cards.length} rem={CARD_REM} label={s(name)}>
                {(index) => {
                  const row = cards[index];
                  if (row === undefined) return null;
                  return (
                    <Card
                      row={row}
                      at={at}
                      now={now}
                      stands={standingOf(row, now)}
                      {...(isMovable
                        ? {
                            carry: (isCarried: boolean) => {
                              carried.value = isCarried ? row : null;
                              over.value = null;
                            },
                          }
                        : {})}
                    />
                  );
                }}
              </Pool>
            </section>
          );
        })}
      </div>
      {team.value === null && <LogBar past={past} path={path} query={filterOf(query)} />}
    </main>
  );
}

function Card({ row, at, now, stands, carry }: { row: SessionRow; at: string | null; now: number; stands: string; carry?: (isCarried: boolean) => void }) {
  const updated = timeOf(row.updated_at);
  const since = useSince(row, stands, at);
  const stood = now - since;
  const facts = [count(row.instance_count, "agent"), count(row.message_count, "message")];
  if (row.total_files_changed !== null) facts.push(count(row.total_files_changed, "file"));
  const column = columnOf(stands);
  // What the column does not say already.
  const isTold = column === "other" || glyphOf(stands) !== COLUMNS.find((known) => known.column === column)?.glyph;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button below moves it without a pointer
    <div
      class="card-place"
      data-stream={row.stream}
      draggable={carry !== undefined}
      onDragStart={(event) => {
        // Content goes into no other window.
        event.dataTransfer?.setData("text/plain", "");
        if (event.dataTransfer !== null) event.dataTransfer.effectAllowed = "move";
        carry?.(true);
      }}
      onDragEnd={() => carry?.(false)}
    >
      <Link to={linkOf(row, at)} class="card">
        <span class="card-top">
          <span class="type">{line(row.type)}</span>
          {isTold && (
            <span class={`status ${column}`}>
              <span aria-hidden="true" class="glyph">
                {glyphOf(stands)}
              </span>
              {line(stands)}
            </span>
          )}
          {stood > 0 && (
            <span class="stood" title={`${line(stands)} ${s("for {}", stretch(stood))}`}>
              {s("for {}", roughly(stood))}
            </span>
          )}
          <span class="id end">{line(row.name.short)}</span>
        </span>
        <span class="task">{line(row.task) || s("no task")}</span>
        <span class="dim facts">{facts.join(" · ")}</span>
        <span class="dim number">
          {row.total_duration !== null && `${stretch(row.total_duration * 1000)} · `}
          {Number.isNaN(updated) ? line(row.updated_at) : at === null ? ago(updated, Date.now()) : instant(updated).slice(0, 16)}
        </span>
      </Link>
      {carry !== undefined && (
        <button type="button" class="quiet move" aria-label={`${t().moveTo} ${line(row.name.short)}`} title={`${t().moveTo} (w)`} onClick={() => askOf(row, "status")}>
          ⋯
        </button>
      )}
    </div>
  );
}
