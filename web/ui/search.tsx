// Where words are: the hits by session, the best first, and what they have in common.

import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import { address, go, sessionPath, withQuery } from "./address";
import { searchOf } from "./data";
import { actionOf, isTyped, useKeys } from "./keys";
import type { Name } from "./model";
import type { Basis, Problem } from "./net";
import { Link, Status, Trouble, useTyped } from "./parts";
import { useAsking, useRest } from "./read";
import { columnOf, count, instant, line } from "./show";
import { s, say } from "./words";

export interface Hit {
  name: Name;
  position: number;
  revision: number;
  occurred_at: number;
  what: string;
  role: string | null;
  agent: string | null;
  type: string;
  status: string;
  is_pruned: boolean;
  snippet: [string, boolean][];
}

export interface Found extends Basis {
  rows: Hit[];
  found: number;
  facets: Record<string, [string, number][]>;
}

/** What a search may be narrowed to, as an address has it. */
const FACETS = [
  ["what", "in"],
  ["role", "role"],
  ["type", "type"],
  ["status", "status"],
  ["workspace", "workspace"],
  ["agent", "agent"],
  ["tag", "tag"],
] as const;
/** The name of a facet in an answer, where it is another one. */
const IN_ANSWER: Record<string, string> = { tag: "tags" };
const HITS = 100;

export function SearchScreen() {
  const { query } = address.value;
  const found = useMemo(() => signal<Found | null>(null), []);
  const problem = useMemo(() => signal<Problem | null>(null), []);
  const isReading = useMemo(() => signal(false), []);
  const number = useMemo(() => signal(HITS), []);
  const asked = searchOf(query);
  const { box, sent } = useTyped(asked.q ?? "");
  const key = JSON.stringify([asked, number.value]);
  const asking = useAsking();
  const read = (): void => {
    asking.end();
    isReading.value = Boolean(asked.q);
    if (!asked.q) {
      found.value = null;
      problem.value = null;
      return;
    }
    asking.ask<Found>(
      withQuery("/search.json", { ...asked, n: number.peek() }),
      (answer) => {
        found.value = answer;
        problem.value = null;
        isReading.value = false;
      },
      (refused) => {
        problem.value = refused;
        isReading.value = false;
      },
    );
  };
  useLayoutEffect(() => {
    // A keyboard on the screen would cover what is found.
    if (!matchMedia("(pointer: coarse)").matches) box.current?.focus();
  }, []);
  useEffect(read, [key]);
  useKeys((event) => {
    if (isTyped(event) || actionOf(event) !== "filter") return;
    event.preventDefault();
    box.current?.select();
  }, []);
  const rest = useRest();
  const narrow = (name: string, value: string | null): void => go(withQuery("/search", { ...searchOf(address.peek().query), [name]: value }), "replace");
  const answer = found.value;
  const groups = new Map<string, Hit[]>();
  for (const hit of answer?.rows ?? []) groups.set(hit.name.full, [...(groups.get(hit.name.full) ?? []), hit]);
  const chosen = [...FACETS.map(([name]) => name), "session"].filter((name) => query.get(name));
  return (
    <main class="search-screen" aria-busy={isReading.value}>
      <h1 class="spoken">{s("Search")}</h1>
      <div class="filters">
        <input
          ref={box}
          type="search"
          class="wide"
          placeholder={'words, "a phrase", begin*, -without'}
          aria-label={s("What to look for")}
          defaultValue={asked.q ?? ""}
          onInput={(event) => {
            const text = event.currentTarget.value;
            rest(() => {
              sent.current = text;
              narrow("q", text);
            }, 200);
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
        {answer !== null && <strong class="total">{count(answer.found, "hit")}</strong>}
        {query.get("session") && (
          <button type="button" class="chip" aria-pressed="true" onClick={() => narrow("session", null)}>
            only {line(query.get("session") ?? "")} ✕
          </button>
        )}
      </div>
      {problem.value !== null && <Trouble problem={problem.value} retry={read} />}
      {answer === null && problem.value === null && !asked.q && (
        <div class="empty">
          <p>{s("Tasks, messages, outputs and names of agents are searched, in any language.")}</p>
          <p>
            <code>"connection refused" -retry</code> finds the phrase where nothing retries, <code>hing*</code> the beginning of words.
          </p>
        </div>
      )}
      {answer !== null && (
        <div class="found">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
          <aside class="rail" aria-label={s("Narrow the search")} tabIndex={0}>
            {FACETS.map(([name, label]) => {
              const values = answer.facets[IN_ANSWER[name] ?? name] ?? [];
              const is = query.get(name);
              if (values.length < 2 && !is) return null;
              return (
                <div key={name} class="facet" role="group" aria-label={say(label)}>
                  <span class="facet-name">{say(label)}</span>
                  {(values.length === 0 && is ? [[is, 0] as [string, number]] : values.slice(0, 8)).map(([value, sum]) => (
                    <button
                      key={value}
                      type="button"
                      class={name === "status" ? `chip ${columnOf(value)}` : "chip"}
                      aria-pressed={is === value}
                      onClick={() => narrow(name, is === value ? null : value)}
                    >
                      <span class="value">{line(value) || "none"}</span> <span class="number dim">{sum}</span>
                    </button>
                  ))}
                </div>
              );
            })}
          </aside>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
          <div class={`hits${isReading.value ? " old" : ""}`} tabIndex={0} role="region" aria-label={s("Hits")}>
            {answer.rows.length === 0 && (
              <div class="empty">
                <p>Nothing is found{chosen.length > 0 ? ` with ${chosen.map((name) => `${name} ${line(query.get(name) ?? "")}`).join(", ")}` : ""}.</p>
                {chosen.length > 0 && (
                  <button type="button" onClick={() => go(withQuery("/search", { q: asked.q ?? "" }), "replace")}>
                    {s("Search everywhere")}
                  </button>
                )}
              </div>
            )}
            {[...groups.values()].map((hits) => (
              <Group key={hits[0]?.name.full} hits={hits} />
            ))}
            {answer.rows.length < answer.found && answer.rows.length >= number.value && number.value < 500 && (
              <button type="button" class="more" onClick={() => (number.value = Math.min(500, number.value * 2))}>
                more hits
              </button>
            )}
          </div>
        </div>
      )}
    </main>
  );
}

function Group({ hits }: { hits: Hit[] }) {
  const first = hits[0];
  if (first === undefined) return null;
  return (
    <section class="group" aria-label={s("Session {}", line(first.name.short))}>
      <h2>
        <Link to={sessionPath(first.name.full)}>{line(first.name.short)}</Link>
        <Status status={first.status} />
        <span class="dim type">{line(first.type)}</span>
        <span class="dim end">{count(hits.length, "hit")}</span>
      </h2>
      {hits.map((hit) => (
        <Link key={`${hit.position} ${hit.what}`} to={linkOf(hit)} class="hit">
          <span class="number rev">r{hit.revision}</span>
          <span class="by">{line(hit.agent ?? hit.role ?? hit.what)}</span>
          <span class="snippet">
            <Marked snippet={hit.snippet} isPruned={hit.is_pruned} />
          </span>
          <span class="dim number when">{instant(hit.occurred_at / 1000).slice(0, 16)}</span>
        </Link>
      ))}
    </section>
  );
}

export function linkOf(hit: Hit): string {
  return withQuery(sessionPath(hit.name.full), { at: `r${hit.revision}`, view: hit.what === "output" ? "output" : null });
}

export function Marked({ snippet, isPruned }: { snippet: [string, boolean][]; isPruned: boolean }) {
  if (isPruned) return <em class="dim">pruned: an archive has it</em>;
  return <>{snippet.map(([text, isFind], at) => (isFind ? <mark key={at}>{line(text)}</mark> : <span key={at}>{line(text)}</span>))}</>;
}
