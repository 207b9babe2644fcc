// The conversation at the cursor: turns of what was said and done. What is said later is there, and grey.

import { type Signal, signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { sessionPath, withQuery } from "./address";
import { lines as terminal } from "./ansi";
import { CallLine, Folded, Raw, SubAgent } from "./call";
import type { Model } from "./model";
import { asProblem, get } from "./net";
import { notice } from "./notice";
import { Trouble } from "./parts";
import { Prose } from "./prose";
import { clock, count, day, line, size, timeOf } from "./show";
import { dollars, type Entry, type Excerpt, type Returned, strays, Talk, type Turn, tokens, type Usage, wasLeft } from "./talk";
import { useThen } from "./then";
import { s } from "./words";

/** Characters of a message that are shown before it is unfolded. */
const FOLDED = 3200;

type Mode = "all" | "prompts" | "changes";
const MODES = [
  ["all", "All"],
  ["prompts", "Prompts"],
  ["changes", "Changes"],
] as const;

/** What a moment means to a conversation: its own events have revisions, those of sub-agents only times. */
interface When {
  cursor: number;
  isPast: boolean;
  isLater: (revision: number, at: string | null) => boolean;
  here: number;
  moveTo: ((revision: number) => void) | null;
  turnOf: ((revision: number) => number) | null;
}

export function Chat({ model }: { model: Model }) {
  const talk = useMemo(() => new Talk(model.session), [model]);
  const mode = useMemo(() => signal<Mode>("all"), [model]);
  const box = useRef<HTMLDivElement>(null);
  const [cursor, last] = [model.cursor.value, model.last.value];
  const version = talk.version.value;
  const isSeen = model.isSeen.value;
  useEffect(() => {
    if (cursor > 0 && isSeen) void talk.show(cursor, last);
  }, [talk, cursor, last, isSeen]);
  const turns = useMemo(() => talk.turns(), [talk, version]);
  const here = useMemo(() => {
    let found = 0;
    for (const turn of turns) for (const entry of turn.entries) if (entry.revision <= cursor && entry.revision > found) found = entry.revision;
    return found;
  }, [turns, cursor]);
  // What is read before what is there does not move it.
  const held = useRef<number | null>(null);
  useLayoutEffect(() => {
    const node = box.current;
    if (node !== null && held.current !== null) node.scrollTop += node.scrollHeight - held.current;
    held.current = null;
  }, [version]);
  const isFollowing = model.follows.value;
  useEffect(() => {
    const node = box.current;
    if (node === null || here === 0) return;
    const entry = node.querySelector<HTMLElement>(`[data-revision="${here}"]`);
    if (isFollowing && talk.isLast) node.scrollTop = node.scrollHeight;
    else entry?.scrollIntoView({ block: "nearest" });
  }, [here, mode.value, isFollowing, talk.isThere]);
  const scroll = (): void => {
    const node = box.current;
    if (node === null || talk.isReading.peek()) return;
    if (node.scrollTop < 200 && !talk.isFirst) {
      held.current = node.scrollHeight;
      void talk.before();
    } else if (node.scrollHeight - node.scrollTop - node.clientHeight < 400 && !talk.isLast) void talk.after();
  };
  if (talk.problem.value !== null) return <Trouble problem={talk.problem.value} retry={() => void talk.show(cursor, last)} />;
  if (!talk.isThere) return <p class="empty">…</p>;
  const when: When = {
    cursor,
    isPast: cursor < last,
    isLater: (revision) => revision > cursor,
    here,
    moveTo: (revision) => model.moveTo(revision),
    turnOf: (revision) => model.columns.turnOf(revision),
  };
  model.version.value;
  const cursorTime = model.columns.timeOf(cursor);
  return (
    <>
      <div class="chips modes" role="group" aria-label={s("How much of the conversation")}>
        {MODES.map(([name, label]) => (
          <button key={name} type="button" aria-pressed={mode.value === name} onClick={() => (mode.value = name)}>
            {s(label)}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
      <div class="chat" ref={box} tabIndex={0} role="log" aria-label={s("Conversation")} aria-live="off" onScroll={scroll}>
        {turns.length === 0 && <p class="empty">{s("Nobody has said anything in this session.")}</p>}
        {!talk.isFirst && talk.from > 0 && (
          <button type="button" class="quiet more" onClick={() => void talk.before()}>
            {s("earlier")}
          </button>
        )}
        <Turns turns={turns} talk={talk} when={when} mode={mode} cursorTime={cursorTime} depth={0} />
        {!talk.isLast && (
          <button type="button" class="quiet more" onClick={() => void talk.after()}>
            {s("later")}
          </button>
        )}
      </div>
    </>
  );
}

/** Sub-agents of sub-agents are shown in place up to here. */
const DEPTH_MAX = 3;

/** The conversation of a sub-agent, within that of the session that began it. */
function Inner({ talk, cursorTime, mode, depth }: { talk: Talk; cursorTime: number; mode: Signal<Mode>; depth: number }) {
  talk.version.value;
  if (talk.problem.value !== null) return <Trouble problem={talk.problem.value} retry={() => void talk.open()} />;
  if (!talk.isThere) return <p class="empty">…</p>;
  const when: When = { cursor: Number.MAX_SAFE_INTEGER, isPast: false, isLater: (_, at) => timeOf(at) > cursorTime, here: 0, moveTo: null, turnOf: null };
  return (
    <div class="inner">
      {!talk.isFirst && (
        <button type="button" class="quiet more" onClick={() => void talk.before()}>
          {s("earlier")}
        </button>
      )}
      <Turns turns={talk.turns()} talk={talk} when={when} mode={mode} cursorTime={cursorTime} depth={depth} />
    </div>
  );
}

function Turns({ turns, talk, when, mode, cursorTime, depth }: { turns: Turn[]; talk: Talk; when: When; mode: Signal<Mode>; cursorTime: number; depth: number }) {
  const returns = useMemo(() => strays(turns), [turns]);
  const marks = useMemo(() => {
    const of = (is: string): number[] => turns.flatMap((turn) => turn.entries.filter((entry) => entry.entry === is).map((entry) => entry.revision));
    return { rewound: of("rewound"), compacted: of("compacted") };
  }, [turns]);
  const known = new Set(turns.flatMap((turn) => turn.entries.map((entry) => (entry.entry === "call" ? entry.id : ""))));
  const placed = (agent: { call: string | null }): boolean => agent.call !== null && known.has(agent.call);
  const inner = (inside: Talk) => (depth < DEPTH_MAX ? <Inner talk={inside} cursorTime={cursorTime} mode={mode} depth={depth + 1} /> : null);
  let date = "";
  return (
    <>
      {turns.map((turn) => {
        const first = turn.entries[0];
        const ms = timeOf(first?.at);
        const isNewDay = !Number.isNaN(ms) && day(ms) !== date;
        if (isNewDay) date = day(ms);
        const shown = turn.entries.filter((entry) => isShown(entry, mode.value));
        if (shown.length === 0 && turn.usage.length === 0) return null;
        return (
          <section key={first?.revision ?? "none"} class="turn-of-talk" aria-label={first === undefined ? s("A turn") : s("Turn at r{}", first.revision)}>
            {isNewDay && <p class="date">{date}</p>}
            {shown.map((entry) => (
              <One key={`${entry.revision} ${entry.entry}`} entry={entry} talk={talk} when={when} returned={returnedOf(entry, returns)} marks={marks} inner={inner} />
            ))}
            {mode.value === "all" && (
              <Spent turn={turn} number={first === undefined ? 0 : (when.turnOf?.(first.revision) ?? 0)} isLater={first !== undefined && when.isLater(first.revision, first.at)} />
            )}
          </section>
        );
      })}
      {talk.agents
        .filter((agent) => !placed(agent) && talk.isFirst && talk.isLast)
        .map((agent) => (
          <SubAgent key={agent.name.full} agent={agent} inner={inner} />
        ))}
    </>
  );
}

function isShown(entry: Entry, mode: Mode): boolean {
  if (mode === "prompts") return entry.entry === "message" && entry.role === "user" && entry.speaker === undefined;
  if (mode === "changes")
    return (entry.entry === "call" && (entry.edits.length > 0 || ["edit", "delete", "move"].includes(entry.kind))) || (entry.entry === "message" && entry.role === "user");
  return true;
}

function returnedOf(entry: Entry, returns: Map<string, Returned>): Returned | null {
  return entry.entry === "call" ? (entry.returned ?? returns.get(entry.id) ?? null) : null;
}

/** What a turn took, where that is known. */
function Spent({ turn, number, isLater }: { turn: Turn; number: number; isLater: boolean }) {
  if (turn.usage.length === 0) return null;
  const sum = (of: (usage: Usage) => number): number => turn.usage.reduce((all, usage) => all + of(usage), 0);
  const micros = turn.usage.every((usage) => usage.micros !== null) ? sum((usage) => usage.micros ?? 0) : null;
  const read = sum((usage) => usage.input + usage.cache_read + usage.cache_write);
  const cached = sum((usage) => usage.cache_read);
  const told = turn.usage.map((usage) => `${usage.model}: ${usage.input} in, ${usage.cache_read} from cache, ${usage.cache_write} to cache, ${usage.output} out`).join("\n");
  return (
    <p class={`spent number${isLater ? " later" : ""}`} title={visibleTitle(told)}>
      {number > 0 && <span>{s("turn {}", number)}</span>}
      <span>
        {s("{} tokens in", tokens(read))}
        {cached > 0 && read > 0 ? ` ${s("({} % cached)", Math.round((cached / read) * 100))}` : ""} · {s("{} out", tokens(sum((usage) => usage.output)))}
      </span>
      <span>{micros === null ? s("cost unknown") : s("about {}", dollars(micros))}</span>
      <span class="model">{turn.usage.map((usage) => line(usage.model)).join(", ")}</span>
    </p>
  );
}

function visibleTitle(text: string): string {
  return text.split("\n").map(line).join("\n");
}

interface OneProps {
  entry: Entry;
  talk: Talk;
  when: When;
  returned: Returned | null;
  marks: { rewound: number[]; compacted: number[] };
  inner: (talk: Talk) => preact.ComponentChild;
}

function One({ entry, talk, when, returned, marks, inner }: OneProps) {
  const isLater = when.isLater(entry.revision, entry.at);
  const isBack = wasLeft(entry, "rewound", marks.rewound, when.cursor);
  const classes = `${isLater ? " later" : ""}${isBack ? " taken-back" : ""}${entry.revision === when.here ? " here" : ""}`;
  const who = entry.speaker === undefined ? "" : `#${entry.speaker.number}${entry.speaker.nth > 1 ? `~${entry.speaker.nth}` : ""}`;
  const data = when.moveTo === null ? {} : { "data-revision": entry.revision };
  switch (entry.entry) {
    case "message":
      return <Said entry={entry} role={entry.role} text={entry.text} talk={talk} when={when} classes={classes} isBack={isBack} who={who} />;
    case "thinking":
      return (
        <div class={`quiet-part${classes}`} {...data}>
          <Folded
            class="thinking"
            summary={
              <>
                <em>thought</em> <span class="subject dim">{line(entry.text.head).slice(0, 160)}</span>
                <span class="dim number">{size(entry.text.bytes)}</span>
              </>
            }
          >
            {() => <Ends text={entry.text} talk={talk} />}
          </Folded>
        </div>
      );
    case "call":
      return (
        <div class={`quiet-part${classes}`} {...data}>
          <CallLine
            call={entry}
            entry={entry}
            returned={returned}
            isReturnedLater={!isLater && returned !== null && when.isLater(returned.revision, returned.at)}
            session={talk.session}
            agents={talk.agents.filter((agent) => agent.call === entry.id)}
            inner={inner}
          />
        </div>
      );
    case "returned":
      return null;
    case "output": {
      const text = entry.text.tail ?? entry.text.head;
      const lastLine = (terminal(text.trimEnd().split("\n").at(-1) ?? "")[0] ?? []).map((part) => part.text).join("");
      return (
        <div class={`quiet-part${classes}`} {...data}>
          <Folded
            class="wrote"
            summary={
              <>
                <span class="agent">{who || "agent"}</span> <span class="dim">wrote</span> <span class="subject mono">{line(lastLine).slice(0, 240)}</span>
                <span class="dim number">{size(entry.text.bytes)}</span>
              </>
            }
          >
            {() => <Raw text={plain(entry.text)} as="terminal" />}
          </Folded>
        </div>
      );
    }
    default: {
      const note = noteOf(entry, who);
      return note === null ? null : (
        <p class={`note is-${entry.entry}${classes}`} {...data}>
          {note}
        </p>
      );
    }
  }
}

function noteOf(entry: Entry, who: string): string | null {
  const whose = who === "" ? s("session") : s("agent {}", who);
  switch (entry.entry) {
    case "joined":
      return `${s("{} joined", who === "" ? s("an agent") : s("agent {}", who))}${entry.speaker?.name ? `: ${line(entry.speaker.name)}` : ""}`;
    case "status":
      return `${whose}: ${line(entry.status)}${entry.inferred ? ` ${s("(inferred)")}` : ""}`;
    case "titled":
      return s("called: {}", line(entry.title));
    case "winner":
      return entry.number === null ? s("the winner was taken back") : s("agent #{} won", entry.number);
    case "compacted":
      return s("compacted: the model goes on with a summary of {}", entry.messages === 0 ? s("all before") : count(entry.messages, "message"));
    case "rewound":
      return s("went back: {} taken back", count(entry.messages, "message"));
    case "deleted":
      return s("the session was deleted");
    case "restored":
      return s("the session was restored");
    case "erased":
      return `${line(entry.event)} (${line(entry.erased)})`;
    default:
      return null;
  }
}

function plain(text: Excerpt): string {
  const left = text.bytes - new TextEncoder().encode(text.head + (text.tail ?? "")).length;
  return [text.head, left > 0 ? `\n… ${size(left)} more: tab Output has all of it …\n` : "", text.tail ?? ""].join("");
}

interface SaidProps {
  entry: Entry;
  role: string;
  text: Excerpt;
  talk: Talk;
  when: When;
  classes: string;
  isBack: boolean;
  who: string;
}

function Said({ entry, role: given, text, talk, when, classes, isBack, who }: SaidProps) {
  const then = useThen(talk.session, entry, when.cursor, when.isPast);
  const ms = timeOf(entry.at);
  const role = given === "" ? "nobody" : given;
  const known = ["user", "assistant", "system"].includes(role) ? role : "else";
  return (
    <article class={`said-by ${known}${classes}`} {...(when.moveTo === null ? {} : { "data-revision": entry.revision })}>
      <header>
        <strong>{line(role)}</strong>
        {who !== "" && (
          <span class="agent">
            {role === "user" ? "to " : ""}
            {who} {line(entry.speaker?.name ?? "")}
          </span>
        )}
        <time class="number">{Number.isNaN(ms) ? "" : clock(ms).slice(0, 5)}</time>
        {entry.entry === "message" && entry.edited && <span class="dim">{then === null ? s("edited") : s("edited later")}</span>}
        {isBack && <span class="dim">{s("taken back")}</span>}
        {when.moveTo !== null && (
          <button type="button" class="to number" onClick={() => when.moveTo?.(entry.revision)} title={s("Go to the event")}>
            r{entry.revision}
          </button>
        )}
      </header>
      <Ends key={then === null ? 0 : then.position} text={then ?? text} talk={talk} />
    </article>
  );
}

/** A text in Markdown, or its two ends with the way to all of it. */
function Ends({ text, talk }: { text: Excerpt; talk: Talk }) {
  const all = useSignal<string | null>(null);
  const isOpen = useSignal(false);
  if (text.erased !== undefined) return <p class="dim">({line(text.erased)})</p>;
  const tail = text.tail ?? "";
  const isCut = tail !== "" || new TextEncoder().encode(text.head).length < text.bytes;
  const open = (): void => {
    isOpen.value = !isOpen.value;
    if (!isCut || all.value !== null) return;
    get<{ text: string }>(withQuery(sessionPath(talk.session, `/texts/${text.position}.json`), {}))
      .then((answer) => {
        all.value = answer.text;
      })
      .catch((error: unknown) => {
        notice.value = asProblem(error).message;
      });
  };
  const isLong = isCut || text.head.length > FOLDED;
  if (!isLong) return <Prose text={text.head} />;
  return (
    <>
      <Prose text={isOpen.value ? (all.value ?? text.head) : `${text.head.slice(0, FOLDED)}…`} />
      {!isOpen.value && tail !== "" && <Prose text={`…${tail}`} />}
      <button type="button" class="unfold" onClick={open}>
        {isOpen.value ? s("less") : s("all {}", size(text.bytes))}
      </button>
    </>
  );
}
