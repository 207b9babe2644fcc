// Two sessions side by side: what is the same is folded, where they part is first.

import { useSignal } from "@preact/signals";
import { address, go, sessionPath, withQuery } from "./address";
import type { Name } from "./model";
import { MomentBar } from "./momentbar";
import { Link, Status, Trouble, useTyped } from "./parts";
import { useAnswer } from "./read";
import { count, line } from "./show";
import { s } from "./words";

interface Side {
  name: Name;
  revision: number;
  task: string;
  status: string;
  agents: number;
  messages: number;
}

interface Said {
  revision: number;
  role: string;
  text: string;
}

interface Row {
  left: Said | null;
  right: Said | null;
  is_same: boolean;
  differ: string[];
}

interface Compared {
  left: Side;
  right: Side;
  own: { place: string; left: string; right: string }[];
  agents: { place: string; left: string | null; right: string | null; is_same: boolean; differ: string[] }[];
  rows: Row[];
  divergence: string | null;
  /** Whether there are more messages than these; the divergence is of all. */
  is_cut: boolean;
}

export function CompareScreen() {
  const { query } = address.value;
  const [a, b] = [query.get("a"), query.get("b")];
  const [one, other] = [useTyped(a ?? ""), useTyped(b ?? "")];
  const read = useAnswer<Compared>(a !== null && b !== null ? withQuery("/compare.json", { a, b, at: query.get("at") }) : null);
  const answer = read.value.value;
  return (
    <main class="compare-screen" aria-busy={read.isReading.value}>
      <h1 class="spoken">{s("Compare")}</h1>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          go(withQuery("/compare", { a: String(form.get("a") ?? ""), b: String(form.get("b") ?? ""), at: query.get("at") }));
        }}
      >
        <input name="a" type="text" placeholder={s("a session")} aria-label={s("The first session")} ref={one.box} defaultValue={a ?? ""} autocomplete="off" spellcheck={false} />
        <input
          name="b"
          type="text"
          placeholder={s("another one")}
          aria-label={s("The second session")}
          ref={other.box}
          defaultValue={b ?? ""}
          autocomplete="off"
          spellcheck={false}
        />
        <button type="submit">{s("Compare")}</button>
      </form>
      {read.problem.value !== null && <Trouble problem={read.problem.value} retry={read.again} />}
      {a === null || b === null ? (
        <p class="empty">{s("Name two sessions; in the list, the key v marks them.")}</p>
      ) : answer === null ? (
        read.problem.value === null && <p class="empty">…</p>
      ) : (
        <Both answer={answer} at={query.get("at")} />
      )}
      {a !== null && b !== null && <MomentBar path="/compare" query={{ a, b }} />}
    </main>
  );
}

function Both({ answer, at }: { answer: Compared; at: string | null }) {
  const first = answer.rows.findIndex((row) => !row.is_same);
  const same = first < 0 ? answer.rows.length : first;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <div class="both" tabIndex={0} role="region" aria-label={s("Two sessions")}>
      <div class="pair heads-of">
        {[answer.left, answer.right].map((side, nth) => (
          <div key={nth}>
            <Link to={withQuery(sessionPath(side.name.full), { at: at === null ? null : `r${side.revision}` })} class="id">
              {line(side.name.short)}
            </Link>{" "}
            <Status status={side.status} />
            <h2>{line(side.task) || s("no task")}</h2>
            <span class="dim">
              {count(side.agents, "agent")} · {count(side.messages, "message")} · r{side.revision}
            </span>
          </div>
        ))}
      </div>
      <p class="parted" role="status">
        {answer.divergence === null ? s("They do not part: nothing differs.") : s("They part at {}", line(answer.divergence))}
        {answer.divergence !== null && same > 0 && s(first < 0 && answer.is_cut ? ", after more than {} in common" : ", after {} in common", count(same, "message"))}
      </p>
      {answer.own.map((row) => (
        <div key={row.place} class="pair differs">
          <span class="place">{line(row.place)}</span>
          <div>{line(row.left)}</div>
          <div>{line(row.right)}</div>
        </div>
      ))}
      {answer.agents
        .filter((row) => !row.is_same)
        .map((row) => (
          <div key={row.place} class="pair differs">
            <span class="place">
              {line(row.place)} <span class="dim">{row.differ.map(line).join(", ")}</span>
            </span>
            <div>{row.left === null ? <span class="dim">{s("not there")}</span> : line(row.left)}</div>
            <div>{row.right === null ? <span class="dim">{s("not there")}</span> : line(row.right)}</div>
          </div>
        ))}
      {runs(answer.rows).map((run) =>
        run[0]?.is_same === true && run.length > 2 ? (
          <Equal key={`${run[0].left?.revision}`} rows={run} answer={answer} />
        ) : (
          run.map((row) => <Pair key={`${row.left?.revision} ${row.right?.revision}`} row={row} answer={answer} isFirst={row === answer.rows[first]} />)
        ),
      )}
      {answer.is_cut && <p class="dim">{s("Only the first {} of messages are shown; all were compared.", count(answer.rows.length, "row"))}</p>}
    </div>
  );
}

/** Rows that are the same one after another, and rows that are not. */
export function runs<T extends { is_same: boolean }>(rows: T[]): T[][] {
  const found: T[][] = [];
  for (const row of rows) {
    const last = found.at(-1);
    if (last !== undefined && last[0]?.is_same === row.is_same) last.push(row);
    else found.push([row]);
  }
  return found;
}

function Equal({ rows, answer }: { rows: Row[]; answer: Compared }) {
  const isOpen = useSignal(false);
  return (
    <>
      <button type="button" class="equal" aria-expanded={isOpen.value} onClick={() => (isOpen.value = !isOpen.value)}>
        {count(rows.length, "equal message")} {isOpen.value ? "▾" : "▸"}
      </button>
      {isOpen.value && rows.map((row) => <Pair key={`${row.left?.revision}`} row={row} answer={answer} isFirst={false} />)}
    </>
  );
}

function Pair({ row, answer, isFirst }: { row: Row; answer: Compared; isFirst: boolean }) {
  const side = (said: Said | null, of: Side) =>
    said === null ? (
      <div class="dim">{s("nothing")}</div>
    ) : (
      <div>
        <Link to={withQuery(sessionPath(of.name.full), { at: `r${said.revision}` })} class="number">
          r{said.revision}
        </Link>{" "}
        {line(said.text)}
      </div>
    );
  return (
    <div class={`pair${row.is_same ? "" : " differs"}${isFirst ? " first" : ""}`}>
      {isFirst && <span class="place">{s("here they part")}</span>}
      {side(row.left, answer.left)}
      {side(row.right, answer.right)}
    </div>
  );
}
