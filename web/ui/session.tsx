// One session: events, conversation or output, and the inspector, all at one cursor.

import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";
import { address, sessionPath, settle, withQuery } from "./address";
import { type Axis, hurry } from "./bar";
import { Chat } from "./chat";
import { ERROR, MESSAGE } from "./columns";
import { quoted } from "./command";
import { Events } from "./events";
import { held } from "./file";
import { Find, type Finding } from "./find";
import { Inspector, TABS, type Tab } from "./inspector";
import { type Action, actionOf, isTyped, useKeys } from "./keys";
import { Later } from "./later";
import { live } from "./live";
import { type Happened, Model } from "./model";
import type { Json } from "./net";
import { copied, notice } from "./notice";
import { bytesOf, OutputPane } from "./output";
import { Link, Status, Tabs, Trouble } from "./parts";
import { pointOf } from "./past";
import { ago, instant, line, size, standing, timeOf } from "./show";
import { isPlaying, play, stop, TimeBar } from "./timebar";
import { Trust } from "./trust";
import { s, t } from "./words";
import { canWrite, changing, ofTeam, type Part, type Subject, team } from "./write";

type Middle = "chat" | "output" | "events" | "state";
const MIDDLES = [
  ["chat", "Chat"],
  ["output", "Output"],
] as const;
const NARROW = [...MIDDLES, ["events", "Events"], ["state", "State"]] as const;

export function SessionScreen({ session }: { session: string }) {
  const model = useMemo(() => new Model(session), [session]);
  const tab = useMemo(() => signal<Tab>("state"), [session]);
  const middle = useMemo(() => signal<Middle>("chat"), [session]);
  const axis = useMemo(() => signal<Axis>("events"), []);
  const drawer = useMemo(() => signal(false), []);
  const finding = useMemo(() => signal<Finding>(null), [session]);
  const isExporting = useMemo(() => signal(false), [session]);

  useLayoutEffect(() => {
    const { query } = address.peek();
    const asked = query.get("tab");
    const known = TABS.find(([name]) => name === asked);
    if (known !== undefined) tab.value = known[0];
    if (query.get("view") === "output") middle.value = "output";
    if (query.get("base") !== null) model.base.value = Number(query.get("base")?.replace(/^r/, "")) || null;
    void model.open(query.get("at"));
    return () => {
      stop();
      model.close();
    };
  }, [model]);

  // Somebody went to another moment of the same session.
  const asked = address.value;
  useEffect(() => {
    const at = /^r(\d+)$/.exec(asked.query.get("at") ?? "")?.[1];
    if (at !== undefined && model.last.peek() > 0) model.moveTo(Number(at));
  }, [asked]);

  // The address says what is seen; at the head it says nothing, so that it means the head again.
  const cursor = model.cursor.value;
  const follows = model.follows.value;
  const base = model.base.value;
  const happened = happenedAt(model);
  useEffect(() => {
    if (cursor === 0) return;
    settle(
      withQuery(sessionPath(session), {
        at: follows ? null : happened === null ? `r${cursor}` : pointOf("occurred", happened.at),
        tab: tab.value === "state" ? null : tab.value,
        view: middle.value === "output" ? "output" : null,
        base: base === null ? null : `r${base}`,
      }),
    );
  }, [session, cursor, follows, base, happened, tab.value, middle.value]);

  const news = live.value;
  useEffect(() => {
    const name = model.name.value?.full;
    if (news === null || name === undefined) return;
    // Any may have moved: the session is asked.
    if (news.changed === null) {
      if (team.value !== null || news.position > model.position) void model.look();
      return;
    }
    const moved = news.changed.find(([changed]) => changed === name);
    if (moved !== undefined) void model.grew(moved[1], news.view);
  }, [news, model.name.value]);

  useKeys(
    (event) => {
      const act = (action: Action, event: KeyboardEvent): boolean => {
        const at = model.cursor.peek();
        const seek = (forward: boolean, flag: number): void => {
          const found = model.columns.next(at, forward, flag);
          if (found === undefined) notice.value = forward ? s("There is none after this.") : s("There is none before this.");
          else model.moveTo(found);
        };
        const command = (): string => {
          const name = model.name.peek()?.full ?? session;
          const from = model.base.peek();
          const happened = happenedAt(model);
          const point = happened === null ? `r${at}` : pointOf("occurred", happened.at);
          if (tab.peek() === "diff") return `retold diff ${quoted(name)} ${from === null ? `r${at - 1}` : `r${from}`} r${at}`;
          if (tab.peek() === "blame") return `retold blame ${quoted(name)} --at ${point}`;
          if (tab.peek() === "raw") return `retold log ${quoted(name)} r${at - 1}..r${at} -o jsonl`;
          return `retold show ${quoted(name)} --at ${point}`;
        };
        switch (action) {
          case "next":
            model.moveTo(at + 1);
            return true;
          case "before":
            model.moveTo(at - 1);
            return true;
          case "nextTurn":
            model.moveTo(model.columns.turnStart(at, true));
            return true;
          case "turnBefore":
            model.moveTo(model.columns.turnStart(at, false));
            return true;
          case "nextMessage":
            seek(true, MESSAGE);
            return true;
          case "messageBefore":
            seek(false, MESSAGE);
            return true;
          case "nextError":
            seek(true, ERROR);
            return true;
          case "errorBefore":
            seek(false, ERROR);
            return true;
          case "first":
            model.moveTo(1);
            return true;
          case "last":
            model.moveTo(model.last.peek(), true);
            return true;
          case "tenth":
            model.moveTo(1 + ((model.last.peek() - 1) * Number(event.key)) / 10);
            return true;
          case "play":
            play(model);
            return true;
          case "faster":
          case "slower":
            hurry(action === "faster" ? 1 : -1);
            return true;
          case "base":
            model.base.value = model.base.peek() === at ? null : at;
            if (model.base.peek() !== null) notice.value = s("Differences are from r{} now.", at);
            return true;
          case "inspector":
            drawer.value = !drawer.peek();
            return true;
          case "diff":
          case "blame":
          case "files":
            if (held !== null) return false;
            tab.value = action;
            drawer.value = true;
            return true;
          case "state":
          case "raw":
            tab.value = action;
            drawer.value = true;
            return true;
          case "copyCommand":
            if (held !== null) return false;
            copied(ofTeam(command()));
            return true;
          case "export":
            if (held !== null) return false;
            isExporting.value = true;
            return true;
          case "filter":
            finding.value = "words";
            return true;
          case "trace":
            if (held !== null) return false;
            finding.value = "changes";
            return true;
          case "change":
            return ask(model, "status");
          case "tag":
            return ask(model, "tags");
          case "choose":
            return ask(model, "winner");
          case "mark":
          case "fork":
          case "revert":
            return ask(model, action);
          default:
            return false;
        }
      };
      if (isTyped(event) || event.defaultPrevented) return;
      const action = actionOf(event);
      if (action === undefined) return;
      if (isPlaying.peek() && !["play", "faster", "slower"].includes(action)) stop();
      if (act(action, event)) event.preventDefault();
    },
    [model],
  );

  if (model.problem.value !== null && model.name.value === null) {
    return (
      <main class="only">
        <h1 class="spoken">{s("Session")}</h1>
        <Trouble problem={model.problem.value} retry={() => void model.open(address.peek().query.get("at"))} />
      </main>
    );
  }
  const narrow: Middle = middle.value;
  return (
    <main class={`session show-${narrow}${drawer.value ? " drawer" : ""}${model.isPast.value ? " past" : ""}`}>
      <Top model={model} share={() => (isExporting.value = true)} />
      {isExporting.value && <Later name="ExportSheet" with={{ model, close: () => (isExporting.value = false) }} isQuiet />}
      {held === null && model.name.value !== null && <Trust model={model} />}
      {model.problem.value !== null && <Trouble problem={model.problem.value} retry={() => model.settleState()} />}
      {finding.value === "words" && <Find model={model} open={finding} />}
      {finding.value === "changes" && <Later name="FindChanges" with={{ model, open: finding }} isQuiet />}
      <div class="panes">
        <Events model={model} />
        <section class="middle" aria-label={s("What was said and written")}>
          <div class="wide-only">
            <Tabs label={s("View")} tabs={MIDDLES} chosen={narrow === "output" ? "output" : "chat"} choose={(chosen) => (middle.value = chosen)} />
            <button type="button" class="quiet drawer-toggle" aria-pressed={drawer.value} onClick={() => (drawer.value = !drawer.value)}>
              {s("Inspector")}
            </button>
          </div>
          <div class="narrow-only">
            <Tabs label={s("View")} tabs={NARROW} chosen={narrow} choose={(chosen) => (middle.value = chosen)} />
          </div>
          {narrow === "output" ? <OutputPane model={model} /> : <Chat model={model} />}
        </section>
        <Inspector model={model} tab={tab} />
      </div>
      <TimeBar model={model} axis={axis.value} setAxis={(chosen) => (axis.value = chosen)} />
    </main>
  );
}

const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const number = (value: Json | undefined): number | null => (typeof value === "number" ? value : null);

/** The moment by when things happened that is looked at, where it is not that after an event. */
function happenedAt(model: Model): Happened | null {
  const happened = model.happened.value;
  return model.cursor.value === model.stateAt ? happened : null;
}

/** The session as it may be changed: as of its end, where the reader has seen that. */
function subjectOf(model: Model): Subject | null {
  const { state } = model;
  const name = model.name.peek();
  if (name === null || state === null || state.own === null) return null;
  const tags = state.own[".tags"];
  const at = model.cursor.peek();
  const candidates = state.instances.map((instance, index) => {
    const began = timeOf(text(instance?.startTime));
    const ended = timeOf(text(instance?.endTime));
    return {
      number: number(instance?.instanceId) ?? index,
      agent: text(instance?.agentName),
      status: text(instance?.status),
      runtime: [text(instance?.runtimeLabel) || text(instance?.runtime), text(instance?.model)].filter((part) => part !== "").join(", "),
      minutes: Number.isNaN(ended - began) ? null : (ended - began) / 60_000,
      files: number(instance?.filesChanged),
      added: number(instance?.linesAdded),
      deleted: number(instance?.linesDeleted),
      output: bytesOf(instance),
    };
  });
  return {
    name,
    task: text(state.own[".title"]) || text(state.own.task),
    revision: model.last.peek(),
    status: text(state.own.status),
    tags: Array.isArray(tags) ? tags.map(String) : [],
    more: { at, happened: happenedAt(model), position: model.step(at)?.position ?? null, winner: number(state.own.winnerId), candidates },
  };
}

/** Opens what changes the session; what is of the present waits for the reader to be there. */
function ask(model: Model, part: Part): boolean {
  if (model.isPast.peek() && ["status", "tags", "winner"].includes(part)) {
    notice.value = t().cannotChangePast;
    return true;
  }
  const subject = subjectOf(model);
  if (subject !== null) changing.value = { subject, part };
  return true;
}

function Top({ model, share }: { model: Model; share: () => void }) {
  model.folded.value;
  const own = model.state?.own;
  const name = model.name.value;
  const of = (key: string): string => text(own?.[key]);
  const tags = own?.[".tags"];
  const updated = Date.parse(of("updatedAt"));
  return (
    <header class="top">
      <div class="title">
        <span class="id" title={name?.full}>
          {line(name?.short ?? "…")}
        </span>
        <h1>{line(of(".title") || of("task") || (name === null ? "…" : s("no task")))}</h1>
        {of("status") !== "" && (
          <Status status={standing(of("status"), model.columns.timeOf(model.stateAt), model.isPast.value ? model.columns.timeOf(model.stateAt) : Date.now())} />
        )}
        {own?.[".deleted"] === true && <span class="deleted">{s("deleted")}</span>}
        <span class="dim type">{line(of("type"))}</span>
        {of(".parent") !== "" && name !== null && held === null && (
          <Link to={sessionPath(`${name.workspace}/${of(".parent")}`)} class="parent">
            {line(of(".relation") || "part")} of {line(of(".parent").slice(0, 8))}
          </Link>
        )}
        {Array.isArray(tags) &&
          tags.map((tag) => (
            <span class="tag" key={String(tag)}>
              {line(String(tag))}
            </span>
          ))}
        {held === null && name !== null && (
          <button type="button" class="quiet to-export end" onClick={share}>
            {s("Export…")} <kbd>X</kbd>
          </button>
        )}
        {canWrite.value && name !== null && own != null && (
          <button type="button" class="to-change" onClick={() => ask(model, model.isPast.peek() ? "mark" : "status")}>
            {t().change} <kbd>w</kbd>
          </button>
        )}
        {!Number.isNaN(updated) && (
          <time class={`dim${held === null ? "" : " end"}`} title={instant(updated)}>
            {ago(updated, Date.now())}
          </time>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
      <ul class="agents" aria-label={s("Instances")} tabIndex={0}>
        {(model.state?.instances ?? []).slice(0, 12).map((instance, at) => (
          <li key={at} class={`agent-card hue-${at % 6}`}>
            <span class="agent">#{String(instance?.instanceId ?? at)}</span>
            <span class="agent-name">{line(String(instance?.agentName ?? ""))}</span>
            <Status status={String(instance?.status ?? "")} />
            {bytesOf(instance) > 0 && <span class="dim number">{size(bytesOf(instance))}</span>}
            {own?.winnerId === instance?.instanceId && instance?.instanceId !== undefined && <span class="winner">{s("winner")}</span>}
          </li>
        ))}
        {(model.state?.instances.length ?? 0) > 12 && <li class="dim">{t().more((model.state?.instances.length ?? 0) - 12)}</li>}
      </ul>
    </header>
  );
}
