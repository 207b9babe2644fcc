// The session at the cursor: its state, what differs, who wrote what, the event itself.

import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { sessionPath, withQuery } from "./address";
import { held } from "./file";
import type { Fields } from "./fold";
import { Later } from "./later";
import type { Model } from "./model";
import type { Json, Problem } from "./net";
import { Tabs, Trouble } from "./parts";
import { useAsking } from "./read";
import { count, instant, line, size, visible } from "./show";
import { s, t } from "./words";

export type Tab = "state" | "diff" | "blame" | "files" | "raw";
export const TABS = [
  ["state", "State"],
  ["diff", "Diff"],
  ["blame", "Blame"],
  ["files", "Files"],
  ["raw", "Raw"],
] as const;

/** A file does not compare moments, and knows no authors. */
const SHOWN = held === null ? TABS : TABS.filter(([name]) => name === "state" || name === "raw");

export function Inspector({ model, tab }: { model: Model; tab: Signal<Tab> }) {
  return (
    <section class="inspector" aria-label={s("Inspector")}>
      <Tabs label={s("What is inspected")} tabs={SHOWN} chosen={tab.value} choose={(chosen) => (tab.value = chosen)} />
      <div class="pane" role="tabpanel" aria-label={tab.value}>
        {tab.value === "state" && <StatePane model={model} />}
        {tab.value === "diff" && <Later name="DiffPane" with={{ model }} isQuiet />}
        {tab.value === "blame" && <Later name="BlamePane" with={{ model }} isQuiet />}
        {tab.value === "files" && <Later name="FilesPane" with={{ model }} isQuiet />}
        {tab.value === "raw" && <RawPane model={model} />}
      </div>
    </section>
  );
}

/** Reads an address whenever it changed and has rested, and keeps what was read last until then. */
export function useRead<T>(address: string | null): { value: T | null; problem: Problem | null; isOld: boolean } {
  const read = useMemo(() => signal<{ of: string; value: T | null; problem: Problem | null }>({ of: "", value: null, problem: null }), []);
  const asking = useAsking();
  useEffect(() => {
    if (address === null || (held !== null && /\/(blame|diff)\.json/.test(address))) return;
    const take = (value: T | null, problem: Problem | null): void => {
      read.value = { of: address, value, problem };
    };
    const wait = setTimeout(
      () =>
        asking.ask<T>(
          address,
          (value) => take(value, null),
          (problem) => take(null, problem),
        ),
      80,
    );
    return () => {
      clearTimeout(wait);
      asking.end();
    };
  }, [address]);
  const { of, value, problem } = read.value;
  return { value, problem, isOld: of !== address };
}

export interface Blamed {
  path: string;
  place: string;
  value: string;
  position: number;
  revision: number;
  occurred_at: number;
  kind: string;
  /** Null where a part of a log lacks what says it. */
  origin: string | null;
}

/** Returns a value in a line. */
function told(value: Json): string {
  if (value === null) return "null";
  if (typeof value === "string") return value === "" ? '""' : line(value.length > 240 ? `${value.slice(0, 240)}…` : value);
  if (typeof value === "object" && !Array.isArray(value) && typeof value.$bytes === "number") {
    return typeof value.$head === "string" ? `${line(value.$head)}… (${size(value.$bytes)})` : size(value.$bytes);
  }
  return line(JSON.stringify(value));
}

function isSet([key, value]: [string, Json]): boolean {
  if (value === null || value === false) return !key.startsWith(".") && value !== null;
  return !(Array.isArray(value) && value.length === 0);
}

/** How a place is said to the server. */
function pathOf(list: "own" | "instances", at: number, key: string): string {
  return list === "own" ? key : `instances/${at}/${key}`;
}

function StatePane({ model }: { model: Model }) {
  const asked = useMemo(() => signal<string | null>(null), [model]);
  model.folded.value;
  const cursor = model.cursor.value;
  const isOld = model.stateAt !== cursor;
  const { state } = model;
  const address = asked.value === null ? null : withQuery(sessionPath(model.session, "/blame.json"), { at: `r${model.stateAt}`, path: asked.value });
  const blame = useRead<{ rows: Blamed[] }>(address);
  if (state === null) return <p class="empty">…</p>;
  if (state.own === null) return <p class="empty">{s("The session is not created yet.")}</p>;
  const by = asked.value === null || blame.isOld ? undefined : blame.value?.rows[0];
  const fields = (list: "own" | "instances", at: number, of: Fields) =>
    Object.entries(of)
      .filter(isSet)
      .map(([key, value]) => {
        const path = pathOf(list, at, key);
        const isWritten = model.written.has(path) || model.written.has(list === "own" ? "" : `instances/${at}`);
        const ask = (): void => {
          asked.value = path;
        };
        return (
          <button
            key={key}
            type="button"
            class={`field${isWritten ? " written" : ""}${asked.value === path ? " asked" : ""}`}
            onMouseEnter={ask}
            onFocus={ask}
            onClick={() => by !== undefined && model.moveTo(by.revision)}
          >
            <span class="key">{line(key)}</span>
            <span class="value">{told(value)}</span>
          </button>
        );
      });
  return (
    <div class={`state${isOld ? " old" : ""}`} aria-busy={isOld}>
      <div class="fields">{fields("own", 0, state.own)}</div>
      {state.instances.slice(0, 50).map((instance, at) =>
        instance === undefined ? null : (
          <details key={at} open={at < 4}>
            <summary>
              #{String(instance.instanceId ?? at)} {told(instance.agentName ?? "")}
            </summary>
            <div class="fields">{fields("instances", at, instance)}</div>
          </details>
        ),
      )}
      {state.instances.length > 50 && <p class="more">{t().more(state.instances.length - 50)}</p>}
      <p class="dim fields-end">chatHistory: {count(state.chatHistory.length, "message")}</p>
      <p class="blamed" aria-live="polite">
        {by === undefined && held !== null ? null : by === undefined ? (
          <span class="dim">{s("Point at a field: who set it. Click: go there.")}</span>
        ) : (
          <>
            {line(by.place)}: {s("set by")}{" "}
            <button type="button" class="to" onClick={() => model.moveTo(by.revision)}>
              r{by.revision}
            </button>{" "}
            {line(by.kind)}, {line(by.origin ?? s("unknown"))}, {instant(by.occurred_at / 1000)}
            {model.columns.turnOf(by.revision) > 0 && `, ${s("turn {}", model.columns.turnOf(by.revision))}`}
          </>
        )}
      </p>
    </div>
  );
}

interface Raw {
  event: {
    revision: number;
    position: number;
    kind: string;
    occurred_at: number;
    recorded_at: number;
    commit_first: number;
    hash: string;
    meta: Json;
    body: Json;
    erased: string | null;
  };
}

function RawPane({ model }: { model: Model }) {
  const { value, problem, isOld } = useRead<Raw>(sessionPath(model.session, `/events/${model.cursor.value}.json`));
  if (problem !== null) return <Trouble problem={problem} />;
  if (value === null) return <p class="empty">…</p>;
  const { event } = value;
  const facts: [string, string][] = [
    ["type", event.kind],
    ["position", String(event.position)],
    ["occurred", instant(event.occurred_at / 1000)],
    ["recorded", instant(event.recorded_at / 1000)],
    ["hash", event.hash],
  ];
  return (
    <div class={`raw${isOld ? " old" : ""}`} aria-busy={isOld}>
      <dl>
        {facts.map(([name, fact]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="number">{line(fact)}</dd>
          </div>
        ))}
      </dl>
      {event.erased !== null && <p class="erased">The body of this event is gone: {line(event.erased)}.</p>}
      {event.body !== null && <pre>{visible(JSON.stringify(event.body, null, 2))}</pre>}
      {event.meta !== null && (
        <details>
          <summary>its commit</summary>
          <pre>{visible(JSON.stringify(event.meta, null, 2))}</pre>
        </details>
      )}
    </div>
  );
}
