// The conversation, at the cursor: what is said later is there, and grey.

import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { sessionPath, withQuery } from "./address";
import type { Model } from "./model";
import { asProblem, get, type Problem } from "./net";
import { Trouble } from "./parts";
import { clock, day, size, timeOf, visible } from "./show";

interface Message {
  index: number;
  role: string;
  instance: number | null;
  timestamp: string;
  text: string;
  tail: string;
  bytes: number;
  added: number;
  changed: number;
}

interface Messages {
  rows: Message[];
  total: number;
}

/** Messages of a page. */
const PAGE = 100;
/** Characters of a message that are shown before it is unfolded. */
const FOLDED = 1600;

/** The messages of a session, page by page, as they are at its end. */
class Conversation {
  readonly version = signal(0);
  readonly problem = signal<Problem | null>(null);
  total = -1;
  private pages = new Map<number, Message[]>();
  private wanted = new Set<number>();
  private of = 0;

  constructor(private readonly model: Model) {}

  /** What is new is read again. */
  refresh(last: number): void {
    if (this.of === last) return;
    const whole = Math.floor(Math.max(0, this.total) / PAGE);
    for (const page of [...this.pages.keys()]) if (page >= whole) this.pages.delete(page);
    this.of = last;
    this.want(whole);
  }

  want(page: number): void {
    if (page < 0 || this.pages.has(page) || this.wanted.has(page)) return;
    this.wanted.add(page);
    const address = withQuery(sessionPath(this.model.session, "/messages.json"), { from: page * PAGE, n: PAGE });
    get<Messages>(address)
      .then((answer) => {
        this.pages.set(page, answer.rows);
        this.total = answer.total;
        this.problem.value = null;
        this.version.value += 1;
      })
      .catch((error: unknown) => {
        this.problem.value = asProblem(error);
      })
      .finally(() => this.wanted.delete(page));
  }

  page(page: number): Message[] | undefined {
    return this.pages.get(page);
  }

  known(): Message[] {
    return [...this.pages.keys()].sort((a, b) => a - b).flatMap((page) => this.pages.get(page) ?? []);
  }
}

export function Chat({ model }: { model: Model }) {
  const talk = useMemo(() => new Conversation(model), [model]);
  const box = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => signal(0), [model]);
  const last = model.last.value;
  useEffect(() => talk.refresh(last), [talk, last]);
  talk.version.value;
  model.folded.value;
  const cursor = model.cursor.value;
  const said = model.state !== null && model.stateAt === cursor ? model.state.chatHistory.length : null;
  // Which messages are in the page: those around the last one that is said at the cursor.
  const newest = said === null ? shown.value : Math.max(0, said - 1);
  useEffect(() => {
    if (said !== null) shown.value = newest;
    for (const page of [Math.floor(newest / PAGE) - 1, Math.floor(newest / PAGE), Math.floor((newest + 20) / PAGE)]) {
      if (talk.total < 0 || page * PAGE < talk.total) talk.want(page);
    }
  }, [talk, newest, talk.version.value]);
  const from = Math.max(0, newest - 60);
  // A response that only called tools says nothing.
  const messages = talk.known().filter((message) => message.index >= from && message.index < newest + 30 && message.bytes > 0);
  const at = messages.filter((message) => message.added <= cursor).at(-1)?.index;
  const isThere = messages.length;
  useEffect(() => {
    const node = box.current?.querySelector(`[data-index="${at}"]`);
    node?.scrollIntoView({ block: "nearest" });
  }, [at, isThere > 0]);
  if (talk.problem.value !== null) return <Trouble problem={talk.problem.value} retry={() => talk.want(Math.floor(newest / PAGE))} />;
  if (talk.total === 0) return <p class="empty">Nobody has said anything in this session.</p>;
  if (talk.total < 0) return <p class="empty">…</p>;
  let date = "";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <div class="chat" ref={box} tabIndex={0} role="log" aria-label="Conversation">
      {from > 0 && <p class="more">{from.toLocaleString("en")} messages before</p>}
      {messages.map((message) => {
        const ms = timeOf(message.timestamp);
        const today = Number.isNaN(ms) ? date : day(ms);
        const isNew = today !== date;
        date = today;
        return (
          <>
            {isNew && (
              <p class="date" key={`day ${message.index}`}>
                {today}
              </p>
            )}
            <Said key={message.index} message={message} model={model} cursor={cursor} isHere={message.index === at} />
          </>
        );
      })}
      {newest + 30 < talk.total && <p class="more">{(talk.total - newest - 30).toLocaleString("en")} messages after</p>}
    </div>
  );
}

function Said({ message, model, cursor, isHere }: { message: Message; model: Model; cursor: number; isHere: boolean }) {
  const isOpen = useMemo(() => signal(false), [message]);
  const isLater = message.added > cursor;
  const ms = timeOf(message.timestamp);
  const whole =
    visible(message.text) + (message.tail === "" ? "" : `\n\n… ${size(message.bytes - message.text.length - message.tail.length)} not shown …\n\n${visible(message.tail)}`);
  const isLong = whole.length > FOLDED;
  const text = isLong && !isOpen.value ? `${whole.slice(0, FOLDED)}…` : whole;
  const role = message.role === "" ? "nobody" : message.role;
  const classes = `said-by ${["user", "assistant", "system"].includes(role) ? role : "else"}${isLater ? " later" : ""}${isHere ? " here" : ""}`;
  return (
    <article class={classes} data-index={message.index}>
      <header>
        <strong>{visible(role)}</strong>
        {message.instance !== null && <span class="agent">#{message.instance}</span>}
        <time class="number">{Number.isNaN(ms) ? visible(message.timestamp) : clock(ms).slice(0, 5)}</time>
        <button type="button" class="to number" onClick={() => model.moveTo(message.added)} title="Go to the event">
          r{message.added}
        </button>
      </header>
      <Text text={text} />
      {isLong && (
        <button type="button" class="unfold" onClick={() => (isOpen.value = !isOpen.value)}>
          {isOpen.value ? "less" : `all ${size(message.bytes)}`}
        </button>
      )}
    </article>
  );
}

/** A text with its fenced blocks as blocks, and what is between backquotes as code. Nothing else of it is a mark. */
function Text({ text }: { text: string }) {
  const parts = text.split(/^```[^\n]*\n([\s\S]*?)(?:^```[ \t]*$|$(?![\s\S]))/m);
  return (
    <div class="text">
      {parts.map((part, nth) => {
        if (nth % 2 === 1) return <pre key={nth}>{part.replace(/\n$/, "")}</pre>;
        if (part.trim() === "") return null;
        const pieces = part.replace(/^\n+|\n+$/g, "").split(/`([^`\n]+)`/);
        return <p key={nth}>{pieces.map((piece, at) => (at % 2 === 1 ? <code key={at}>{piece}</code> : piece))}</p>;
      })}
    </div>
  );
}
