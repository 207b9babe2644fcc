// A call of a tool: one line with what it was about and how it ended; opened, its arguments beside its result.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { sessionPath, withQuery } from "./address";
import { lines as terminal } from "./ansi";
import { asProblem, get } from "./net";
import { notice } from "./notice";
import { Link, Status } from "./parts";
import { line, size, stretch, visible } from "./show";
import { type Agent, type Call, type Edit, type Entry, type Excerpt, type Returned, Talk, tookOf } from "./talk";
import { s } from "./words";

/** What is done, in a glyph. */
const GLYPHS: Record<string, string> = { read: "▤", edit: "✎", delete: "⌫", move: "→", search: "⌕", execute: "❯", think: "…", fetch: "↓" };

const OUTCOMES: Record<string, [string, string]> = {
  ok: ["✓", "completed"],
  error: ["✕", "failed"],
  denied: ["⊘", "paused"],
  cancelled: ["⊘", "other"],
};

/** Something that is opened by its first line; what is in it is made when it is. */
export function Folded({ summary, class: name, children }: { summary: ComponentChildren; class: string; children: () => ComponentChildren }) {
  const isOpen = useSignal(false);
  return (
    <details class={name} onToggle={(event) => (isOpen.value = event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen.value && <div class="inside">{children()}</div>}
    </details>
  );
}

export function CallLine({
  call,
  entry,
  returned,
  isReturnedLater,
  session,
  agents,
  inner,
}: {
  call: Call;
  entry: Entry;
  returned: Returned | null;
  isReturnedLater: boolean;
  session: string;
  agents: Agent[];
  /** How the conversation of a sub-agent is shown. */
  inner: (talk: Talk) => ComponentChildren;
}) {
  const took = tookOf(call, entry, returned);
  const added = call.edits.reduce((sum, edit) => sum + (edit.added ?? 0), 0);
  const removed = call.edits.reduce((sum, edit) => sum + (edit.removed ?? 0), 0);
  const outcome = returned === null ? "no result" : isReturnedLater ? "running" : returned.outcome;
  const [glyph, column] = OUTCOMES[outcome] ?? ["○", outcome === "running" ? "running" : "other"];
  const summary = (
    <>
      <span class="tool-glyph" aria-hidden="true">
        {GLYPHS[call.kind] ?? "•"}
      </span>
      <strong>{line(call.name)}</strong>
      <span class={`subject${call.subject?.is === "text" ? "" : " mono"}`}>{line(call.subject?.text ?? "").slice(0, 400)}</span>
      {call.edits.length > 0 && (
        <span class="number">
          <span class="plus">+{added}</span> <span class="minus">−{removed}</span>
        </span>
      )}
      {agents.length > 0 && <span class="tag">{s("sub-agent")}</span>}
      {took !== null && took >= 100 && !isReturnedLater && <span class="dim number">{took < 10_000 ? `${(took / 1000).toFixed(1)} s` : stretch(took)}</span>}
      <span class={`status ${column}`}>
        <span aria-hidden="true">{glyph}</span>
        <span class={outcome === "ok" ? "spoken" : ""}>{line(outcome)}</span>
      </span>
    </>
  );
  return (
    <Folded class="call" summary={summary}>
      {() => (
        <>
          {call.edits.map((edit, at) => (
            <Difference key={at} edit={edit} />
          ))}
          <div class={call.edits.length > 0 ? "" : "sides"}>
            {call.edits.length === 0 && (
              <section aria-label={s("Arguments")}>
                <h3>{s("arguments")}</h3>
                <Whole text={call.input} session={session} as="code" />
              </section>
            )}
            <section aria-label={s("Result")} class={isReturnedLater ? "later" : ""}>
              <h3>
                {s("result")}
                {returned !== null && ` · r${returned.revision}`}
              </h3>
              {returned === null ? <p class="dim">{s("Nothing was returned.")}</p> : <Whole text={returned.output} session={session} as="terminal" />}
            </section>
          </div>
          {agents.map((agent) => (
            <SubAgent key={agent.name.full} agent={agent} inner={inner} />
          ))}
        </>
      )}
    </Folded>
  );
}

export function SubAgent({ agent, inner }: { agent: Agent; inner: (talk: Talk) => ComponentChildren }) {
  const talk = useMemo(() => new Talk(agent.name.full), [agent.name.full]);
  const isOpen = useSignal(false);
  return (
    <section class="sub-agent" aria-label={s("Sub-agent {}", line(agent.name.short))}>
      <header>
        <Status status={agent.status} />
        <span class="task">{line(agent.task) || s("no task")}</span>
        <button
          type="button"
          aria-expanded={isOpen.value}
          onClick={() => {
            isOpen.value = !isOpen.value;
            if (isOpen.value && !talk.isThere) void talk.open();
          }}
        >
          {isOpen.value ? s("close") : s("open here")}
        </button>
        <Link to={sessionPath(agent.name.full)}>{s("go to it")}</Link>
      </header>
      {isOpen.value && inner(talk)}
    </section>
  );
}

export function Difference({ edit }: { edit: Edit }) {
  const what = edit.is === "deleted" ? s("deleted") : edit.is === "written" ? s("written") : "";
  return (
    <figure class="difference">
      <figcaption>
        <span class="mono">{line(edit.path ?? s("a file"))}</span> <span class="dim">{what}</span>
        <span class="end number">
          <span class="plus">+{edit.added ?? "?"}</span> <span class="minus">−{edit.removed ?? "?"}</span>
        </span>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
      <div class="lines" tabIndex={0} role="group" aria-label={s("What changed, line by line")}>
        {edit.lines.map(([mark, text], at) => (
          <div key={at} class={mark === "+" ? "added" : mark === "-" ? "removed" : mark === "…" ? "gap" : ""}>
            <span class="sign" aria-hidden="true">
              {mark}
            </span>
            {mark === "+" && <span class="spoken">{s("added")} </span>}
            {mark === "-" && <span class="spoken">{s("removed")} </span>}
            {visible(text)}
          </div>
        ))}
      </div>
      {edit.is_cut && <p class="dim">{s("More than is shown here: the event has all of it.")}</p>}
    </figure>
  );
}

/** A text, or its two ends with the way to all of it. */
function Whole({ text, session, as }: { text: Excerpt; session: string; as: "code" | "terminal" }) {
  const all = useSignal<string | null>(null);
  if (text.erased !== undefined) return <p class="dim">({line(text.erased)})</p>;
  const tail = text.tail ?? "";
  const left = text.bytes - new TextEncoder().encode(text.head + tail).length;
  const load = (): void => {
    get<{ text: string }>(withQuery(sessionPath(session, `/texts/${text.position}.json`), {}))
      .then((answer) => {
        all.value = answer.text;
      })
      .catch((error: unknown) => {
        notice.value = asProblem(error).message;
      });
  };
  const shown = all.value ?? text.head;
  return (
    <>
      {shown === "" && <p class="dim">{s("Empty.")}</p>}
      {shown !== "" && <Raw text={shown} as={as} />}
      {all.value === null && left > 0 && (
        <button type="button" class="quiet" onClick={load}>
          {s("{} more: show all", size(left))}
        </button>
      )}
      {all.value === null && tail !== "" && <Raw text={tail} as={as} />}
    </>
  );
}

/** JSON as lines; a terminal's text with its colours. */
export function Raw({ text, as }: { text: string; as: "code" | "terminal" }) {
  const rows = useMemo(() => (as === "terminal" ? terminal(text) : []), [text, as]);
  if (as === "code") return <pre class="raw-text">{visible(pretty(text))}</pre>;
  return (
    <pre class="raw-text terminal-text">
      {rows.map((pieces, nth) => (
        <span key={nth}>
          {pieces.map((part, at) => (
            <span key={at} class={part.class}>
              {part.text}
            </span>
          ))}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}

/** An object of arguments, key by key, with its texts as they are. */
function pretty(text: string): string {
  if (!text.trimStart().startsWith("{")) return text;
  try {
    const read = JSON.parse(text) as Record<string, unknown>;
    const told = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
    return Object.entries(read)
      .map(([key, value]) => {
        const words = told(value);
        return words.includes("\n") ? `${key}:\n${words.replace(/^/gm, "  ")}` : `${key}: ${words}`;
      })
      .join("\n");
  } catch {
    return text;
  }
}
