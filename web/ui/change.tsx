// What may be changed of a session, and how it is taken back.

import { type Signal, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { go, sessionPath, withQuery } from "./address";
import { Changes, type Patched } from "./between";
import { asProblem, get, type Problem } from "./net";
import { Sheet, Status, Tabs, Trouble } from "./parts";
import { pointOf } from "./past";
import { useAnswer } from "./read";
import { COLUMNS, line, size, stretch } from "./show";
import { t } from "./words";
import { type Candidate, type Changed, change, changing, drawKey, failed, mark, marks, type Part, type Subject, setStatus } from "./write";

interface Doing {
  subject: Subject;
  problem: Signal<Problem | null>;
  /** Makes a change, and follows it where its sheet is still open: that goes then. */
  run: (act: (key: string) => Promise<Changed | null>, follow?: (changed: Changed) => void) => void;
}

export function ChangeSheet() {
  const open = changing.value;
  const problem = useSignal<Problem | null>(null);
  // One key for one opening: whoever clicks twice asks once.
  const key = useRef(drawKey());
  /** Another one for each opening: what comes of a change is for the sheet that it was made in. */
  const opening = useRef({});
  const close = (): void => {
    changing.value = null;
  };
  const session = open?.subject.name.full;
  useLayoutEffect(() => {
    opening.current = {};
  }, [session]);
  useLayoutEffect(() => {
    problem.value = null;
    key.current = drawKey();
  }, [session, open?.part]);
  if (open === null) return null;
  const { subject, part } = open;
  const words = t();
  const isPast = subject.more !== undefined && subject.more.at < subject.revision;
  const parts: (readonly [Part, string])[] = isPast
    ? []
    : [
        ["status", words.status],
        ["tags", words.tags],
      ];
  if (subject.more !== undefined) {
    if (subject.more.candidates.length > 0 && !isPast) parts.push(["winner", words.winner]);
    parts.push(["mark", words.mark], ["fork", words.fork]);
    if (isPast) parts.push(["revert", words.revert]);
  }
  const run: Doing["run"] = (act, follow) => {
    const from = opening.current;
    problem.value = null;
    act(key.current).then(
      (changed) => {
        if (changed === null || from !== opening.current) return;
        close();
        follow?.(changed);
      },
      (error: unknown) => {
        const refused = asProblem(error);
        const still = changing.peek();
        if (still === null || from !== opening.current) {
          failed.value = refused;
          return;
        }
        problem.value = refused;
        key.current = drawKey();
        // What there is now has been said: the next try is of somebody who knows.
        const { now } = refused;
        if (now?.revision !== undefined) changing.value = { ...still, subject: { ...still.subject, revision: now.revision } };
      },
    );
  };
  const doing: Doing = { subject, problem, run };
  return (
    <Sheet title={words.changeSession} close={close} isWide={part === "winner"}>
      <p class="dim subject-of">
        <span class="id">{line(subject.name.short)}</span> {line(subject.task)}
      </p>
      <Tabs label={words.whatToChange} tabs={parts} chosen={part} choose={(chosen) => (changing.value = { subject, part: chosen })} />
      <div class="change-part" role="tabpanel" aria-label={parts.find(([name]) => name === part)?.[1]}>
        {part === "status" && <StatusPart {...doing} />}
        {part === "tags" && <TagsPart {...doing} />}
        {part === "winner" && <WinnerPart {...doing} />}
        {part === "mark" && <MarkPart {...doing} />}
        {part === "fork" && <ForkPart {...doing} />}
        {part === "revert" && <RevertPart key={`${subject.revision} ${subject.more?.at}`} {...doing} />}
      </div>
      {problem.value !== null && <Trouble problem={problem.value} />}
    </Sheet>
  );
}

function textOf(form: HTMLFormElement, name: string): string {
  const text = new FormData(form).get(name);
  return typeof text === "string" ? text.trim() : "";
}

function StatusPart({ subject, run }: Doing) {
  const statuses = COLUMNS.map(({ column }) => column).filter((column) => column !== "other");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const to = textOf(event.currentTarget, "status");
        if (to !== "") run((key) => setStatus(subject, to, key));
      }}
    >
      <p>
        {t().itIs} <Status status={subject.status} />
      </p>
      <div class="choose" role="group" aria-label={t().status}>
        {statuses.map((status) => (
          <button key={status} type="button" disabled={status === subject.status} onClick={() => run((key) => setStatus(subject, status, key))}>
            <Status status={status} />
          </button>
        ))}
      </div>
      <label>
        <span>{t().anotherStatus}</span>
        <input name="status" type="text" maxLength={60} autocomplete="off" spellcheck={false} placeholder="round_2" />
      </label>
      <button type="submit">{t().set}</button>
    </form>
  );
}

function TagsPart({ subject, run }: Doing) {
  const { name, revision, tags } = subject;
  const set = (add: string[], remove: string[]): void =>
    run((key) =>
      change(name, "tags", { expect: revision, add, remove }, key, t().tagged(name.short, [...add.map((tag) => `+${tag}`), ...remove.map((tag) => `−${tag}`)].join(" "))),
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const add = textOf(event.currentTarget, "tag")
          .split(/[\s,]+/)
          .filter((tag) => tag !== "");
        if (add.length > 0) set(add, []);
      }}
    >
      <div class="choose">
        {tags.length === 0 && <span class="dim">{t().noTags}</span>}
        {tags.map((tag) => (
          <button key={tag} type="button" class="tag" aria-label={t().removeTag(line(tag))} onClick={() => set([], [tag])}>
            {line(tag)} <span aria-hidden="true">✕</span>
          </button>
        ))}
      </div>
      <label>
        <span>{t().addTags}</span>
        <input name="tag" type="text" autocomplete="off" spellcheck={false} placeholder="wip" />
      </label>
      <button type="submit">{t().add}</button>
    </form>
  );
}

type Fact = readonly [name: string, of: (candidate: Candidate) => number | null, show: (value: number) => string, isLessBetter: boolean | null];

function WinnerPart({ subject, run }: Doing) {
  const words = t();
  const candidates = subject.more?.candidates ?? [];
  const winner = subject.more?.winner ?? null;
  const facts: Fact[] = [
    [words.duration, ({ minutes }) => minutes, (value) => stretch(value * 60_000), true],
    [words.filesChanged, ({ files }) => files, String, null],
    [words.linesAdded, ({ added }) => added, (value) => `+${value}`, null],
    [words.linesDeleted, ({ deleted }) => deleted, (value) => `−${value}`, null],
    [words.output, ({ output }) => output, size, null],
  ];
  const choose = (instance: number | null): void =>
    run((key) =>
      change(
        subject.name,
        "winner",
        { expect: subject.revision, instance },
        key,
        instance === null ? words.choiceTakenBack(subject.name.short) : words.winnerIs(subject.name.short, `#${instance}`),
      ),
    );
  // A number that two instances have means the first of them.
  const first = candidates.findIndex(({ number }) => number === winner);
  const isChoosable = (at: number): boolean => candidates.findIndex(({ number }) => number === candidates[at]?.number) === at;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
      <div class="scrolls-across" tabIndex={0} role="region" aria-label={words.candidates}>
        <table class="candidates">
          <thead>
            <tr>
              <td />
              {candidates.map(({ number, agent }, at) => (
                <th key={at} scope="col">
                  <span class="agent">#{number}</span> {line(agent)}
                  {at === first && <span class="winner">{words.winner}</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">{words.status}</th>
              {candidates.map(({ status }, at) => (
                <td key={at}>
                  <Status status={status} />
                </td>
              ))}
            </tr>
            <tr>
              <th scope="row">{words.runtime}</th>
              {candidates.map(({ runtime }, at) => (
                <td key={at}>{runtime === "" ? <span class="dim">{words.unknown}</span> : line(runtime)}</td>
              ))}
            </tr>
            {facts.map(([name, of, show, isLessBetter]) => {
              const known = candidates.map(of).filter((value) => value !== null);
              const best = isLessBetter === true && known.length > 1 ? Math.min(...known) : null;
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  {candidates.map((candidate, at) => {
                    const value = of(candidate);
                    return (
                      <td key={at} class="number">
                        {value === null ? <span class="dim">{words.unknown}</span> : show(value)}
                        {value !== null && value === best && <span class="best"> {words.shortest}</span>}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
            <tr>
              <td />
              {candidates.map(({ number }, at) => (
                <td key={at}>
                  <button type="button" disabled={at === first || !isChoosable(at)} onClick={() => choose(number)}>
                    {words.choose} #{number}
                  </button>
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
      <p class="dim">{words.winnerNote}</p>
      {winner !== null && (
        <button type="button" onClick={() => choose(null)}>
          {words.takeChoiceBack}
        </button>
      )}
    </>
  );
}

function MarkPart({ subject, run }: Doing) {
  const { at, position } = subject.more ?? { at: 0, position: null };
  // Right after a change its event may not be read yet.
  const positionOf = async (): Promise<number> => position ?? (await get<{ event: { position: number } }>(sessionPath(subject.name.full, `/events/${at}.json`))).event.position;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const name = textOf(event.currentTarget, "name");
        if (name !== "") run(async (key) => mark(name, await positionOf(), false, key));
      }}
    >
      <p>{t().markNote(`r${at}`)}</p>
      <label>
        <span>{t().name}</span>
        <input name="name" type="text" maxLength={100} autocomplete="off" spellcheck={false} placeholder="before-merge" />
      </label>
      <button type="submit">{t().mark}</button>
      {marks.value.length > 0 && (
        <div class="choose">
          {marks.value.map(({ name }) => (
            <button key={name} type="button" aria-label={t().removeMark(line(name))} onClick={() => run((key) => mark(name, null, true, key))}>
              {line(name)} <span aria-hidden="true">✕</span>
            </button>
          ))}
        </div>
      )}
    </form>
  );
}

/** What a change says of the moment that it goes back to, where that is one by when things happened. */
function happenedBy(more: Subject["more"]): { happened?: number } {
  return more === undefined || more.happened === null ? {} : { happened: more.happened.at };
}

/** The moment as an address has it. */
function pointAt(more: Subject["more"], at: number): string {
  return more === undefined || more.happened === null ? `r${at}` : pointOf("occurred", more.happened.at);
}

function Corrected({ subject }: { subject: Subject }) {
  const happened = subject.more?.happened ?? null;
  return happened === null ? null : <strong class="corrected">{t().withCorrections(happened.corrections)}</strong>;
}

function ForkPart({ subject, run }: Doing) {
  const { name, more } = subject;
  const at = more?.at ?? subject.revision;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const id = textOf(event.currentTarget, "id");
        run(
          (key) => change(name, "fork", { at, ...happenedBy(more), ...(id === "" ? {} : { id }) }, key, t().forked(name.short, `r${at}`)),
          ({ session }) => {
            if (session !== undefined) go(sessionPath(session.full));
          },
        );
      }}
    >
      <p>
        {t().forkNote(`r${at}`)} <Corrected subject={subject} />
      </p>
      <label>
        <span>{t().newId}</span>
        <input name="id" type="text" maxLength={200} autocomplete="off" spellcheck={false} />
      </label>
      <button type="submit">{t().forkHere(`r${at}`)}</button>
    </form>
  );
}

/** Places that are shown of what a revert would change. */
const SHOWN_MAX = 100;

function RevertPart({ subject, run }: Doing) {
  const { name, revision, more } = subject;
  const at = more?.at ?? revision;
  const read = useAnswer<{ rows: Patched[] }>(withQuery(sessionPath(name.full, "/diff.json"), { base: `r${revision}`, at: pointAt(more, at) }));
  const rows = read.value.value?.rows;
  return (
    <>
      <p>
        {t().revertNote(`r${at}`)} <Corrected subject={subject} />
      </p>
      {read.problem.value !== null ? (
        <Trouble problem={read.problem.value} retry={read.again} />
      ) : rows === undefined ? (
        <p class="dim" aria-busy="true">
          …
        </p>
      ) : rows.length === 0 ? (
        <p>{t().isSoAlready}</p>
      ) : (
        <div class="diff would-change">
          <Changes rows={rows.slice(0, SHOWN_MAX)} />
          {rows.length > SHOWN_MAX && <p class="more">{t().more(rows.length - SHOWN_MAX)}</p>}
        </div>
      )}
      <button
        type="button"
        disabled={rows === undefined || rows.length === 0}
        onClick={() => run((key) => change(name, "revert", { expect: revision, to: at, ...happenedBy(more) }, key, t().reverted(name.short, `r${at}`)))}
      >
        {t().revertHere(`r${at}`)}
      </button>
    </>
  );
}
