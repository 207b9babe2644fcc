// Figures of sessions, and tokens with what they cost. Every bar stands beside its number.

import { address, go, sessionPath, withQuery } from "./address";
import { clockOf, MomentBar } from "./momentbar";
import type { Json } from "./net";
import { Link, Tabs, Trouble } from "./parts";
import { useAnswer } from "./read";
import { count, line, size, stretch } from "./show";
import { dollars, tokens } from "./talk";
import { s, say } from "./words";

const WHAT = [
  ["sessions", "Sessions"],
  ["usage", "Tokens and cost"],
] as const;
type What = (typeof WHAT)[number][0];
const BY: Record<What, readonly string[]> = {
  sessions: ["day", "type", "runtime", "agent"],
  usage: ["day", "week", "month", "model", "project", "session", "tool", "agent"],
};

interface Metrics {
  columns: string[];
  rows: Json[][];
}

interface Used {
  key: string | null;
  tool: string | null;
  title: string | null;
  records: number;
  input: number;
  cache_read: number;
  cache_write: number;
  output: number;
  micros: number | null;
  records_without_cost: number;
  sessions: number;
  partial: number;
}

interface Usage {
  rows: Used[];
  total: Used;
  without_cost: string[];
}

export function MetricsScreen() {
  const { query } = address.value;
  const what: What = query.get("what") === "usage" ? "usage" : "sessions";
  const by = BY[what].includes(query.get("by") ?? "") ? (query.get("by") ?? "day") : "day";
  const at = query.get("at");
  // Days are those on which things happened, or those on which the log got them; what agents used is known by when they did.
  const clock = what === "sessions" && clockOf(query) === "recorded" ? "recorded" : null;
  // What agents did by a moment is not kept.
  const choices = BY[what].filter((name) => what === "usage" || at === null || !["agent", "runtime"].includes(name));
  const show = (changed: Record<string, string | null>): void =>
    go(withQuery("/metrics", { what: what === "usage" ? "usage" : null, by: by === "day" ? null : by, at, clock, ...changed }), "replace");
  return (
    <main class="sums-screen">
      <h1 class="spoken">{s("Metrics")}</h1>
      <div class="filters">
        <Tabs
          label={s("Which figures")}
          tabs={WHAT}
          chosen={what}
          choose={(chosen) => show({ what: chosen === "usage" ? "usage" : null, by: null, at: clock === null ? at : null, clock: null })}
        />
        <div class="facet" role="group" aria-label={s("By what")}>
          <span class="facet-name">{s("by")}</span>
          {choices.map((name) => (
            <button key={name} type="button" class="chip" aria-pressed={name === by} onClick={() => show({ by: name === "day" ? null : name })}>
              {say(name)}
            </button>
          ))}
        </div>
      </div>
      {what === "usage" ? <UsageTable by={by} at={at} /> : <MetricsTable by={choices.includes(by) ? by : "day"} at={at} clock={clock} />}
      <MomentBar path="/metrics" query={{ what: what === "usage" ? "usage" : null, by: by === "day" ? null : by }} isByTime={what === "usage"} />
    </main>
  );
}

/** A number with how much of the largest it is. */
function Bar({ part, children }: { part: number; children: string }) {
  return (
    <td class="right number barred">
      {children}
      <span class="bar-of" aria-hidden="true" style={{ width: `${(Math.max(0, Math.min(1, part)) * 100).toFixed(1)}%` }} />
    </td>
  );
}

/** How a figure reads. */
function figure(column: string, value: Json): string {
  if (value === null) return "";
  if (typeof value !== "number") return line(String(value));
  if (/bytes/.test(column)) return size(value);
  if (/seconds/.test(column)) return stretch(value * 1000);
  return value.toLocaleString("en", { maximumFractionDigits: 1 });
}

const names: Record<string, string> = {
  seconds_avg: "average",
  active_seconds: "active",
  output_bytes: "output",
  bytes_per_hour: "output per hour",
  per_hour: "messages per hour",
};

function MetricsTable({ by, at, clock }: { by: string; at: string | null; clock: string | null }) {
  const read = useAnswer<Metrics>(withQuery("/metrics.json", { by, at, clock: clock ?? "occurred" }));
  const answer = read.value.value;
  if (read.problem.value !== null) return <Trouble problem={read.problem.value} retry={read.again} />;
  if (answer === null) return <p class="empty">…</p>;
  if (answer.rows.length === 0) return <p class="empty">{s("There is nothing to sum up yet.")}</p>;
  const most = answer.columns.map((_, at) => Math.max(1, ...answer.rows.map((row) => (typeof row[at] === "number" ? (row[at] as number) : 0))));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <div class="sums" tabIndex={0} role="region" aria-label={s("Sessions by {}", say(by))} aria-busy={read.isReading.value}>
      <table>
        <thead>
          <tr>
            {answer.columns.map((column, at) => (
              <th key={column} scope="col" class={at === 0 ? "" : "right"}>
                {line(say(names[column] ?? column.replaceAll("_", " ")))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {answer.rows.map((row, nth) => (
            <tr key={nth}>
              {row.map((value, at) =>
                at === 0 ? (
                  <th key={at} scope="row">
                    {figure("", value) || s("unknown")}
                  </th>
                ) : typeof value === "number" ? (
                  <Bar key={at} part={value / (most[at] ?? 1)}>
                    {figure(answer.columns[at] ?? "", value)}
                  </Bar>
                ) : (
                  <td key={at} class="right number">
                    {figure(answer.columns[at] ?? "", value)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function costOf(used: Used): string {
  if (used.micros === null) return s("unknown");
  return `${dollars(used.micros)}${used.records_without_cost > 0 ? " +" : ""}`;
}

function UsageTable({ by, at }: { by: string; at: string | null }) {
  const read = useAnswer<Usage>(withQuery("/usage.json", { by, at }));
  const answer = read.value.value;
  if (read.problem.value !== null) return <Trouble problem={read.problem.value} retry={read.again} />;
  if (answer === null) return <p class="empty">…</p>;
  if (answer.rows.length === 0) {
    return (
      <p class="empty">
        {s("No usage is known:")} <code>retold import</code> {s("takes in what coding agents left on disk.")}
      </p>
    );
  }
  const most = Math.max(1, ...answer.rows.map((row) => row.micros ?? 0));
  const cells = (row: Used) => (
    <>
      <td class="right number">{row.sessions.toLocaleString("en")}</td>
      <td class="right number">{tokens(row.input)}</td>
      <td class="right number">{tokens(row.cache_read)}</td>
      <td class="right number">{tokens(row.cache_write)}</td>
      <td class="right number">{tokens(row.output)}</td>
    </>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <div class="sums" tabIndex={0} role="region" aria-label={s("Usage by {}", say(by))} aria-busy={read.isReading.value}>
      <table>
        <thead>
          <tr>
            {[by, "sessions", "input", "from cache", "to cache", "output", "cost"].map((name, at) => (
              <th key={name} scope="col" class={at === 0 ? "" : "right"}>
                {say(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {answer.rows.map((row, nth) => (
            <tr key={nth}>
              <th scope="row">
                {by === "session" && row.key !== null && row.tool !== null ? (
                  <Link to={sessionPath(`${row.tool}/${row.key}`)}>{line(row.title ?? row.key)}</Link>
                ) : (
                  line(row.key ?? s("unknown"))
                )}
              </th>
              {cells(row)}
              <Bar part={(row.micros ?? 0) / most}>{costOf(row)}</Bar>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{s("total")}</th>
            {cells(answer.total)}
            <td class="right number">{costOf(answer.total)}</td>
          </tr>
        </tfoot>
      </table>
      <p class="dim about">
        {s("At the list prices of the models' providers, whatever was paid.")}
        {answer.total.records_without_cost > 0 &&
          ` + leaves out ${count(answer.total.records_without_cost, "record")} without a known price${answer.without_cost.length > 0 ? `: ${answer.without_cost.slice(0, 4).map(line).join(", ")}` : ""}.`}
        {answer.total.partial > 0 && ` Of ${count(answer.total.partial, "session")} the tool recorded a part alone.`}
      </p>
    </div>
  );
}
