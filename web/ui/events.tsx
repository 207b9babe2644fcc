// A session's events, turn by turn.

import { computed, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { ERROR, MESSAGE, rowAt, rowsOf } from "./columns";
import type { Model } from "./model";
import { Pool } from "./pool";
import { clock, line } from "./show";
import { s } from "./words";

const FILTERS = [
  ["all", "All"],
  ["messages", "Messages"],
  ["errors", "Errors"],
  ["state", "State"],
] as const;
type Filter = (typeof FILTERS)[number][0];

/** What a kind of event is called where its name has no room. */
export function shortKind(kind: string): string {
  const names: Record<string, string> = {
    OutputAppended: "Output",
    OutputReplaced: "Output",
    MessageAdded: "Message",
    SessionCreated: "Created",
    InstanceAdded: "Instance",
    InstanceRemoved: "Removed",
    ToolCalled: "Call",
    ToolReturned: "Result",
    StatusObserved: "Status",
    ContextCompacted: "Compacted",
    HistoryRewound: "Rewound",
  };
  return names[kind] ?? kind.replace(/^(Session|Instance)/, "").replace(/(Changed|Added|Recorded)$/, "");
}

export function Events({ model }: { model: Model }) {
  const filter = useMemo(() => signal<Filter>("all"), [model]);
  const closed = useMemo(() => signal<ReadonlySet<number>>(new Set()), [model]);
  const rows = useMemo(
    () =>
      computed(() => {
        model.version.value;
        model.last.value;
        const { columns } = model;
        const only = filter.value;
        const isShown = (revision: number): boolean => {
          switch (only) {
            case "messages":
              return (columns.flagsOf(revision) & MESSAGE) !== 0;
            case "errors":
              return (columns.flagsOf(revision) & ERROR) !== 0;
            case "state":
              return !/Output|Message/.test(columns.kindOf(revision));
            default:
              return true;
          }
        };
        return rowsOf(columns, closed.value, isShown);
      }),
    [model],
  );
  const counts = useMemo(
    () =>
      computed(() => {
        model.version.value;
        const turns = new Map<number, { events: number; isError: boolean }>();
        const { columns } = model;
        for (let revision = 1; revision <= columns.length; revision += 1) {
          const turn = columns.turnOf(revision);
          const known = turns.get(turn) ?? { events: 0, isError: false };
          known.events += 1;
          known.isError ||= (columns.flagsOf(revision) & ERROR) !== 0;
          turns.set(turn, known);
        }
        return turns;
      }),
    [model],
  );
  useEffect(() => {
    // What is jumped to is seen.
    const turn = model.columns.turnOf(model.cursor.value);
    if (closed.value.has(turn)) {
      const open = new Set(closed.value);
      open.delete(turn);
      closed.value = open;
    }
  }, [model.cursor.value]);
  const cursor = model.cursor.value;
  const shown = rows.value;
  const fold = (turn: number): void => {
    const next = new Set(closed.value);
    if (!next.delete(turn)) next.add(turn);
    closed.value = next;
  };
  const all = (): void => {
    closed.value = closed.value.size > 0 ? new Set() : new Set([...counts.value.keys()].filter((turn) => turn > 0));
  };
  return (
    <section class="events" aria-label={s("Events")}>
      <div class="chips" role="group" aria-label={s("Which events")}>
        {FILTERS.map(([name, label]) => (
          <button key={name} type="button" aria-pressed={filter.value === name} onClick={() => (filter.value = name)}>
            {s(label)}
          </button>
        ))}
        <button type="button" class="quiet end" onClick={all} title={s("Fold or unfold all turns")}>
          {closed.value.size > 0 ? s("unfold") : s("fold")}
        </button>
      </div>
      {shown.length === 0 && <p class="empty">{filter.value === "errors" ? s("No event tells of an error.") : s("No such events.")}</p>}
      <Pool count={shown.length} rem={1.75} seen={rowAt(shown, model.columns, cursor)} version={model.version.value} label={s("Events of the session")}>
        {(index) => {
          const row = shown[index] ?? 0;
          return row < 0 ? (
            <TurnRow turn={-row} count={counts.value.get(-row)} isClosed={closed.value.has(-row)} fold={fold} model={model} first={shown[index + 1] ?? 0} />
          ) : (
            <Row model={model} revision={row} cursor={cursor} />
          );
        }}
      </Pool>
    </section>
  );
}

function TurnRow({
  turn,
  count,
  isClosed,
  fold,
  model,
  first,
}: {
  turn: number;
  count: { events: number; isError: boolean } | undefined;
  isClosed: boolean;
  fold: (turn: number) => void;
  model: Model;
  first: number;
}) {
  const at = model.columns.timeOf(first);
  return (
    <button type="button" class={`turn${count?.isError ? " has-error" : ""}`} onClick={() => fold(turn)} aria-expanded={!isClosed}>
      <span>{s("turn {}", turn)}</span>
      <span class="number">{Number.isNaN(at) ? "" : clock(at).slice(0, 5)}</span>
      <span class="dim">{s("{} ev", count?.events ?? 0)}</span>
      {count?.isError && (
        <span class="mark" title={s("An event tells of an error")}>
          !<span class="spoken">{s("with an error")}</span>
        </span>
      )}
      <span class="end" aria-hidden="true">
        {isClosed ? "▸" : "▾"}
      </span>
    </button>
  );
}

function Row({ model, revision, cursor }: { model: Model; revision: number; cursor: number }) {
  const { columns } = model;
  const row = model.row(revision);
  const kind = columns.kindOf(revision);
  const isError = (columns.flagsOf(revision) & ERROR) !== 0;
  const classes = `event${revision === cursor ? " here" : ""}${revision > cursor ? " later" : ""}${isError ? " has-error" : ""}`;
  const said = row === undefined ? "" : line(row.said);
  return (
    <button
      type="button"
      class={classes}
      onClick={() => model.moveTo(revision)}
      aria-current={revision === cursor ? "step" : undefined}
      title={`${kind}  ${clock(columns.timeOf(revision))}`}
    >
      <span class="number rev">r{revision}</span>
      <span class="kind">{shortKind(kind)}</span>
      <span class="said">{said}</span>
      {isError && (
        <span class="mark">
          !<span class="spoken">{s("error")}</span>
        </span>
      )}
    </button>
  );
}
