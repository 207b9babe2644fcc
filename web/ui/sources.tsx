// The files that history came from.

import { address, go, withQuery } from "./address";
import { Trouble } from "./parts";
import { useAnswer } from "./read";
import { count, instant, line, size } from "./show";
import { s, say } from "./words";

interface Source {
  tool: string;
  name: string;
  role: string;
  bytes: number;
  records: number;
  skipped: number;
  kept_at: number;
}

export function SourcesScreen() {
  const tool = address.value.query.get("tool");
  const read = useAnswer<{ rows: Source[]; excluded: number }>("/sources.json");
  const answer = read.value.value;
  const rows = answer?.rows.filter((row) => tool === null || row.tool === tool) ?? [];
  const tools = [...new Set(answer?.rows.map((row) => row.tool) ?? [])];
  return (
    <main class="sums-screen" aria-busy={read.isReading.value}>
      <h1 class="spoken">{s("Sources")}</h1>
      <div class="filters">
        <strong class="total">{answer === null ? "…" : count(rows.length, "file")}</strong>
        <div class="facet" role="group" aria-label={s("tool")}>
          {tools.map((name) => (
            <button key={name} type="button" class="chip" aria-pressed={tool === name} onClick={() => go(withQuery("/sources", { tool: tool === name ? null : name }), "replace")}>
              {line(name)}
            </button>
          ))}
        </div>
        {answer !== null && answer.excluded > 0 && <span class="dim">{s("{} excluded: nothing of them is kept", count(answer.excluded, "file"))}</span>}
      </div>
      {read.problem.value !== null && <Trouble problem={read.problem.value} retry={read.again} />}
      {answer !== null && rows.length === 0 && (
        <p class="empty">
          {s("No files:")} <code>retold import</code> {s("takes in what coding agents left on disk.")}
        </p>
      )}
      {rows.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
        <div class="sums" tabIndex={0} role="region" aria-label={s("Files")}>
          <table>
            <thead>
              <tr>
                {["tool", "file", "is", "size", "records", "skipped", "kept"].map((name, at) => (
                  <th key={name} scope="col" class={at > 2 ? "right" : ""}>
                    {say(name)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.tool} ${row.name}`}>
                  <td>{line(row.tool)}</td>
                  <th scope="row" class="mono file-name">
                    {line(row.name)}
                  </th>
                  <td>{line(row.role)}</td>
                  <td class="right number">{size(row.bytes)}</td>
                  <td class="right number">{row.records.toLocaleString("en")}</td>
                  <td class={`right number${row.skipped > 0 ? " minus" : ""}`}>{row.skipped === 0 ? "" : row.skipped.toLocaleString("en")}</td>
                  <td class="right number">{instant(row.kept_at / 1000).slice(0, 16)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </main>
  );
}
