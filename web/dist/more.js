// from web/ui by web/build.mjs, sources 559ce13031939167ea69756d914cbedf4a694ccb493d488826632ddefa32078a

// ui/between.tsx
import { sessionPath, withQuery } from "/app.js";
import { useRead } from "/app.js";
import { Trouble } from "/app.js";
import { instant, line, visible } from "/app.js";
import { s, t } from "/app.js";
import { Fragment, jsx, jsxs } from "/app.js";
function signOf(text) {
  let sign = text.startsWith("    ") ? text[4] : text[0];
  return sign === "+" ? "added" : sign === "-" ? "removed" : sign === "~" ? "changed" : "";
}
function Changes({ rows }) {
  return /* @__PURE__ */ jsx(Fragment, { children: rows.map((row) => /* @__PURE__ */ jsx("div", { class: "change", children: row.lines.map((text, nth) => /* @__PURE__ */ jsx("div", { class: `line ${signOf(text)}`, children: visible(text) }, nth)) }, `${row.op} ${row.path} ${row.lines[0]}`)) });
}
function DiffPane({ model }) {
  let base = model.base.value, address8 = withQuery(sessionPath(model.session, "/diff.json"), { at: `r${model.cursor.value}`, base: base === null ? null : `r${base}` }), { value, problem, isOld } = useRead(address8);
  return problem !== null ? /* @__PURE__ */ jsx(Trouble, { problem }) : value === null ? /* @__PURE__ */ jsx("p", { class: "empty", children: "…" }) : /* @__PURE__ */ jsxs("div", { class: `diff${isOld ? " old" : ""}`, "aria-busy": isOld, children: [
    /* @__PURE__ */ jsxs("p", { class: "dim", children: [
      value.base === 0 ? s("from nothing") : `r${value.base}`,
      " → r",
      value.revision,
      base === null ? ` · ${s("x pins a base")}` : ""
    ] }),
    value.rows.length === 0 && /* @__PURE__ */ jsx("p", { class: "empty", children: s("Nothing differs.") }),
    /* @__PURE__ */ jsx(Changes, { rows: value.rows }),
    value.limit !== void 0 && /* @__PURE__ */ jsx("p", { class: "more", children: s("The first {} lines: `retold diff` gives all.", value.limit.limit.toLocaleString("en")) })
  ] });
}
function BlamePane({ model }) {
  let address8 = withQuery(sessionPath(model.session, "/blame.json"), { at: `r${model.cursor.value}` }), { value, problem, isOld } = useRead(address8);
  return problem !== null ? /* @__PURE__ */ jsx(Trouble, { problem }) : value === null ? /* @__PURE__ */ jsx("p", { class: "empty", children: "…" }) : /* @__PURE__ */ jsxs("div", { class: `blame${isOld ? " old" : ""}`, "aria-busy": isOld, children: [
    value.rows.slice(0, 400).map((row) => /* @__PURE__ */ jsxs(
      "button",
      {
        type: "button",
        class: `blame-row${row.revision === model.cursor.value ? " written" : ""}`,
        onClick: () => model.moveTo(row.revision),
        title: `${row.kind}, ${row.origin ?? s("unknown")}, ${instant(row.occurred_at / 1e3)}`,
        children: [
          /* @__PURE__ */ jsxs("span", { class: "number rev", children: [
            "r",
            row.revision
          ] }),
          /* @__PURE__ */ jsx("span", { class: "key", children: line(row.place) }),
          /* @__PURE__ */ jsx("span", { class: "value", children: line(row.value) })
        ]
      },
      row.path
    )),
    value.rows.length > 400 && /* @__PURE__ */ jsxs("p", { class: "more", children: [
      t().more(value.rows.length - 400),
      ": `retold blame`"
    ] })
  ] });
}

// ui/board.tsx
import { useSignal } from "/app.js";
import { useEffect as useEffect2 } from "/app.js";
import { address } from "/app.js";
import { actionOf, isTyped, useKeys } from "/app.js";
import { LogBar } from "/app.js";
import { asProblem } from "/app.js";
import { Link, Trouble as Trouble2 } from "/app.js";
import { instantOf, standingOf } from "/app.js";
import { Pool } from "/app.js";
import { again, askOf, Facets, filterOf, linkOf, momentOf, Nothing, refine, SearchBox, useList } from "/app.js";
import { ago, COLUMNS, columnOf, count, glyphOf, instant as instant2, line as line2, roughly, stretch, timeOf as timeOf2 } from "/app.js";

// ui/since.ts
import { signal } from "/app.js";
import { useEffect } from "/app.js";
import { withQuery as withQuery2 } from "/app.js";
import { Asking } from "/app.js";
import { SILENT_AFTER, timeOf } from "/app.js";
var REST = 200, SESSIONS_MAX = 200, KNOWN_MAX = 1e4, known = signal(/* @__PURE__ */ new Map()), wanted = /* @__PURE__ */ new Map(), asking = new Asking(), wait;
function askLater() {
  clearTimeout(wait), wait = setTimeout(ask, REST);
}
function ask() {
  let [first] = wanted.values();
  if (first === void 0) return;
  let asked = [...wanted].filter(([, { at }]) => at === first.at).slice(0, SESSIONS_MAX), clock2 = first.at === null || /^\d+$/.test(first.at) ? null : "occurred", address8 = withQuery2("/sessions/standings.json", { at: first.at, clock: clock2, streams: asked.map(([, { stream }]) => stream).join(",") }), done2 = (rows) => {
    let since = new Map(rows.map((row) => [row.stream, row.since / 1e3])), all = new Map([...known.peek()].slice(-KNOWN_MAX));
    for (let [key, { stream }] of asked)
      all.set(key, since.get(stream) ?? Number.NaN), wanted.delete(key);
    known.value = all, wanted.size > 0 && askLater();
  };
  asking.ask(
    address8,
    ({ rows }) => done2(rows),
    () => done2([])
  );
}
function useSince(row, stands, at) {
  let key = `${row.stream} ${at ?? `r${row.revision}`}`, isTold = stands === row.status;
  return useEffect(() => {
    if (!(!isTold || known.peek().has(key)))
      return wanted.set(key, { stream: row.stream, at }), askLater(), () => wanted.delete(key);
  }, [key, isTold]), isTold ? known.value.get(key) ?? Number.NaN : stands === "paused" ? timeOf(row.updated_at) + SILENT_AFTER : Number.NaN;
}

// ui/board.tsx
import { s as s2, t as t2 } from "/app.js";
import { canWrite, drawKey, failed, setStatus, team } from "/app.js";
import { jsx as jsx2, jsxs as jsxs2 } from "/app.js";
var CARD_REM = 8.5;
function BoardScreen() {
  let { query, path } = address.value, { list, past } = useList(1e3), carried = useSignal(null), over = useSignal(null), rows = list.rows.value;
  useEffect2(() => {
    list.more();
  }, [rows.length, list.isReading.value]), useKeys(
    (event) => {
      let action = actionOf(event);
      if (isTyped(event) || action !== "change" && action !== "tag") return;
      let stream = event.target instanceof HTMLElement ? event.target.closest("[data-stream]")?.dataset.stream : void 0, row = list.rows.peek().find((known2) => String(known2.stream) === stream);
      row !== void 0 && askOf(row, action === "tag" ? "tags" : "status") && event.preventDefault();
    },
    [list]
  );
  let at = momentOf(query, past), now = instantOf(list, past, at), columns = new Map(COLUMNS.map(({ column }) => [column, []]));
  for (let row of rows) columns.get(columnOf(standingOf(row, now)))?.push(row);
  let isFiltered = ["q", "type", "workspace", "tag"].some((name) => query.get(name)), isMovable = canWrite.value && at === null, drop = (column) => {
    let row = carried.peek();
    carried.value = null, over.value = null, !(row === null || column === "other" || columnOf(standingOf(row, now)) === column) && setStatus(row, column, drawKey()).catch((error) => {
      failed.value = asProblem(error);
    });
  };
  return /* @__PURE__ */ jsxs2("main", { class: "board-screen", "aria-busy": list.isReading.value, children: [
    /* @__PURE__ */ jsx2("h1", { class: "spoken", children: s2("Board") }),
    /* @__PURE__ */ jsxs2("div", { class: "filters", children: [
      /* @__PURE__ */ jsx2("strong", { class: "total", children: list.total.value === null ? "…" : count(list.total.value, "session") }),
      /* @__PURE__ */ jsx2(SearchBox, { path }),
      /* @__PURE__ */ jsx2(Facets, { list, path, field: "type", label: s2("type") })
    ] }),
    list.problem.value !== null && /* @__PURE__ */ jsx2(Trouble2, { problem: list.problem.value, retry: () => again(list, query) }),
    rows.length === 0 && list.total.value !== null && !list.isReading.value && list.problem.value === null && /* @__PURE__ */ jsx2(Nothing, { isFiltered, at, clear: () => refine(path, query, { q: null, type: null, workspace: null, tag: null }) }),
    /* @__PURE__ */ jsx2("div", { class: "board", children: COLUMNS.map(({ column, glyph, name }) => {
      let cards = columns.get(column) ?? [];
      return /* @__PURE__ */ jsxs2(
        "section",
        {
          class: `column ${column}${over.value === column ? " over" : ""}`,
          "aria-label": `${s2(name)}, ${cards.length}`,
          onDragOver: (event) => {
            carried.peek() === null || column === "other" || (event.preventDefault(), over.value = column);
          },
          onDragLeave: () => {
            over.peek() === column && (over.value = null);
          },
          onDrop: (event) => {
            event.preventDefault(), drop(column);
          },
          children: [
            /* @__PURE__ */ jsxs2("h2", { children: [
              /* @__PURE__ */ jsx2("span", { "aria-hidden": "true", class: "glyph", children: glyph }),
              s2(name),
              " ",
              /* @__PURE__ */ jsx2("span", { class: "number dim", children: cards.length })
            ] }),
            /* @__PURE__ */ jsx2(Pool, { count: cards.length, rem: CARD_REM, label: s2(name), children: (index) => {
              let row = cards[index];
              return row === void 0 ? null : /* @__PURE__ */ jsx2(
                Card,
                {
                  row,
                  at,
                  now,
                  stands: standingOf(row, now),
                  ...isMovable ? {
                    carry: (isCarried) => {
                      carried.value = isCarried ? row : null, over.value = null;
                    }
                  } : {}
                }
              );
            } })
          ]
        },
        column
      );
    }) }),
    team.value === null && /* @__PURE__ */ jsx2(LogBar, { past, path, query: filterOf(query) })
  ] });
}
function Card({ row, at, now, stands, carry }) {
  let updated = timeOf2(row.updated_at), since = useSince(row, stands, at), stood = now - since, facts = [count(row.instance_count, "agent"), count(row.message_count, "message")];
  row.total_files_changed !== null && facts.push(count(row.total_files_changed, "file"));
  let column = columnOf(stands), isTold = column === "other" || glyphOf(stands) !== COLUMNS.find((known2) => known2.column === column)?.glyph;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button below moves it without a pointer
    /* @__PURE__ */ jsxs2(
      "div",
      {
        class: "card-place",
        "data-stream": row.stream,
        draggable: carry !== void 0,
        onDragStart: (event) => {
          event.dataTransfer?.setData("text/plain", ""), event.dataTransfer !== null && (event.dataTransfer.effectAllowed = "move"), carry?.(!0);
        },
        onDragEnd: () => carry?.(!1),
        children: [
          /* @__PURE__ */ jsxs2(Link, { to: linkOf(row, at), class: "card", children: [
            /* @__PURE__ */ jsxs2("span", { class: "card-top", children: [
              /* @__PURE__ */ jsx2("span", { class: "type", children: line2(row.type) }),
              isTold && /* @__PURE__ */ jsxs2("span", { class: `status ${column}`, children: [
                /* @__PURE__ */ jsx2("span", { "aria-hidden": "true", class: "glyph", children: glyphOf(stands) }),
                line2(stands)
              ] }),
              stood > 0 && /* @__PURE__ */ jsx2("span", { class: "stood", title: `${line2(stands)} ${s2("for {}", stretch(stood))}`, children: s2("for {}", roughly(stood)) }),
              /* @__PURE__ */ jsx2("span", { class: "id end", children: line2(row.name.short) })
            ] }),
            /* @__PURE__ */ jsx2("span", { class: "task", children: line2(row.task) || s2("no task") }),
            /* @__PURE__ */ jsx2("span", { class: "dim facts", children: facts.join(" · ") }),
            /* @__PURE__ */ jsxs2("span", { class: "dim number", children: [
              row.total_duration !== null && `${stretch(row.total_duration * 1e3)} · `,
              Number.isNaN(updated) ? line2(row.updated_at) : at === null ? ago(updated, Date.now()) : instant2(updated).slice(0, 16)
            ] })
          ] }),
          carry !== void 0 && /* @__PURE__ */ jsx2("button", { type: "button", class: "quiet move", "aria-label": `${t2().moveTo} ${line2(row.name.short)}`, title: `${t2().moveTo} (w)`, onClick: () => askOf(row, "status"), children: "⋯" })
        ]
      }
    )
  );
}

// ui/change.tsx
import { useSignal as useSignal2 } from "/app.js";
import { useLayoutEffect, useRef } from "/app.js";
import { go, sessionPath as sessionPath2, withQuery as withQuery3 } from "/app.js";
import { asProblem as asProblem2, get } from "/app.js";
import { Sheet, Status, Tabs, Trouble as Trouble3 } from "/app.js";
import { pointOf } from "/app.js";
import { useAnswer } from "/app.js";
import { COLUMNS as COLUMNS2, line as line3, size, stretch as stretch2 } from "/app.js";
import { t as t3 } from "/app.js";
import { change, changing, drawKey as drawKey2, failed as failed2, mark, marks, setStatus as setStatus2 } from "/app.js";
import { Fragment as Fragment2, jsx as jsx3, jsxs as jsxs3 } from "/app.js";
function ChangeSheet() {
  let open = changing.value, problem = useSignal2(null), key = useRef(drawKey2()), opening = useRef({}), close = () => {
    changing.value = null;
  }, session = open?.subject.name.full;
  if (useLayoutEffect(() => {
    opening.current = {};
  }, [session]), useLayoutEffect(() => {
    problem.value = null, key.current = drawKey2();
  }, [session, open?.part]), open === null) return null;
  let { subject, part } = open, words = t3(), isPast = subject.more !== void 0 && subject.more.at < subject.revision, parts = isPast ? [] : [
    ["status", words.status],
    ["tags", words.tags]
  ];
  subject.more !== void 0 && (subject.more.candidates.length > 0 && !isPast && parts.push(["winner", words.winner]), parts.push(["mark", words.mark], ["fork", words.fork]), isPast && parts.push(["revert", words.revert]));
  let doing = { subject, problem, run: (act, follow) => {
    let from = opening.current;
    problem.value = null, act(key.current).then(
      (changed) => {
        changed === null || from !== opening.current || (close(), follow?.(changed));
      },
      (error) => {
        let refused = asProblem2(error), still = changing.peek();
        if (still === null || from !== opening.current) {
          failed2.value = refused;
          return;
        }
        problem.value = refused, key.current = drawKey2();
        let { now } = refused;
        now?.revision !== void 0 && (changing.value = { ...still, subject: { ...still.subject, revision: now.revision } });
      }
    );
  } };
  return /* @__PURE__ */ jsxs3(Sheet, { title: words.changeSession, close, isWide: part === "winner", children: [
    /* @__PURE__ */ jsxs3("p", { class: "dim subject-of", children: [
      /* @__PURE__ */ jsx3("span", { class: "id", children: line3(subject.name.short) }),
      " ",
      line3(subject.task)
    ] }),
    /* @__PURE__ */ jsx3(Tabs, { label: words.whatToChange, tabs: parts, chosen: part, choose: (chosen) => changing.value = { subject, part: chosen } }),
    /* @__PURE__ */ jsxs3("div", { class: "change-part", role: "tabpanel", "aria-label": parts.find(([name]) => name === part)?.[1], children: [
      part === "status" && /* @__PURE__ */ jsx3(StatusPart, { ...doing }),
      part === "tags" && /* @__PURE__ */ jsx3(TagsPart, { ...doing }),
      part === "winner" && /* @__PURE__ */ jsx3(WinnerPart, { ...doing }),
      part === "mark" && /* @__PURE__ */ jsx3(MarkPart, { ...doing }),
      part === "fork" && /* @__PURE__ */ jsx3(ForkPart, { ...doing }),
      part === "revert" && /* @__PURE__ */ jsx3(RevertPart, { ...doing }, `${subject.revision} ${subject.more?.at}`)
    ] }),
    problem.value !== null && /* @__PURE__ */ jsx3(Trouble3, { problem: problem.value })
  ] });
}
function textOf(form, name) {
  let text = new FormData(form).get(name);
  return typeof text == "string" ? text.trim() : "";
}
function StatusPart({ subject, run }) {
  let statuses = COLUMNS2.map(({ column }) => column).filter((column) => column !== "other");
  return /* @__PURE__ */ jsxs3(
    "form",
    {
      onSubmit: (event) => {
        event.preventDefault();
        let to = textOf(event.currentTarget, "status");
        to !== "" && run((key) => setStatus2(subject, to, key));
      },
      children: [
        /* @__PURE__ */ jsxs3("p", { children: [
          t3().itIs,
          " ",
          /* @__PURE__ */ jsx3(Status, { status: subject.status })
        ] }),
        /* @__PURE__ */ jsx3("div", { class: "choose", role: "group", "aria-label": t3().status, children: statuses.map((status) => /* @__PURE__ */ jsx3("button", { type: "button", disabled: status === subject.status, onClick: () => run((key) => setStatus2(subject, status, key)), children: /* @__PURE__ */ jsx3(Status, { status }) }, status)) }),
        /* @__PURE__ */ jsxs3("label", { children: [
          /* @__PURE__ */ jsx3("span", { children: t3().anotherStatus }),
          /* @__PURE__ */ jsx3("input", { name: "status", type: "text", maxLength: 60, autocomplete: "off", spellcheck: !1, placeholder: "round_2" })
        ] }),
        /* @__PURE__ */ jsx3("button", { type: "submit", children: t3().set })
      ]
    }
  );
}
function TagsPart({ subject, run }) {
  let { name, revision, tags } = subject, set = (add, remove) => run(
    (key) => change(name, "tags", { expect: revision, add, remove }, key, t3().tagged(name.short, [...add.map((tag) => `+${tag}`), ...remove.map((tag) => `−${tag}`)].join(" ")))
  );
  return /* @__PURE__ */ jsxs3(
    "form",
    {
      onSubmit: (event) => {
        event.preventDefault();
        let add = textOf(event.currentTarget, "tag").split(/[\s,]+/).filter((tag) => tag !== "");
        add.length > 0 && set(add, []);
      },
      children: [
        /* @__PURE__ */ jsxs3("div", { class: "choose", children: [
          tags.length === 0 && /* @__PURE__ */ jsx3("span", { class: "dim", children: t3().noTags }),
          tags.map((tag) => /* @__PURE__ */ jsxs3("button", { type: "button", class: "tag", "aria-label": t3().removeTag(line3(tag)), onClick: () => set([], [tag]), children: [
            line3(tag),
            " ",
            /* @__PURE__ */ jsx3("span", { "aria-hidden": "true", children: "✕" })
          ] }, tag))
        ] }),
        /* @__PURE__ */ jsxs3("label", { children: [
          /* @__PURE__ */ jsx3("span", { children: t3().addTags }),
          /* @__PURE__ */ jsx3("input", { name: "tag", type: "text", autocomplete: "off", spellcheck: !1, placeholder: "wip" })
        ] }),
        /* @__PURE__ */ jsx3("button", { type: "submit", children: t3().add })
      ]
    }
  );
}
function WinnerPart({ subject, run }) {
  let words = t3(), candidates = subject.more?.candidates ?? [], winner = subject.more?.winner ?? null, facts = [
    [words.duration, ({ minutes }) => minutes, (value) => stretch2(value * 6e4), !0],
    [words.filesChanged, ({ files }) => files, String, null],
    [words.linesAdded, ({ added }) => added, (value) => `+${value}`, null],
    [words.linesDeleted, ({ deleted }) => deleted, (value) => `−${value}`, null],
    [words.output, ({ output }) => output, size, null]
  ], choose = (instance) => run(
    (key) => change(
      subject.name,
      "winner",
      { expect: subject.revision, instance },
      key,
      instance === null ? words.choiceTakenBack(subject.name.short) : words.winnerIs(subject.name.short, `#${instance}`)
    )
  ), first = candidates.findIndex(({ number }) => number === winner), isChoosable = (at) => candidates.findIndex(({ number }) => number === candidates[at]?.number) === at;
  return /* @__PURE__ */ jsxs3(Fragment2, { children: [
    /* @__PURE__ */ jsx3("div", { class: "scrolls-across", tabIndex: 0, role: "region", "aria-label": words.candidates, children: /* @__PURE__ */ jsxs3("table", { class: "candidates", children: [
      /* @__PURE__ */ jsx3("thead", { children: /* @__PURE__ */ jsxs3("tr", { children: [
        /* @__PURE__ */ jsx3("td", {}),
        candidates.map(({ number, agent }, at) => /* @__PURE__ */ jsxs3("th", { scope: "col", children: [
          /* @__PURE__ */ jsxs3("span", { class: "agent", children: [
            "#",
            number
          ] }),
          " ",
          line3(agent),
          at === first && /* @__PURE__ */ jsx3("span", { class: "winner", children: words.winner })
        ] }, at))
      ] }) }),
      /* @__PURE__ */ jsxs3("tbody", { children: [
        /* @__PURE__ */ jsxs3("tr", { children: [
          /* @__PURE__ */ jsx3("th", { scope: "row", children: words.status }),
          candidates.map(({ status }, at) => /* @__PURE__ */ jsx3("td", { children: /* @__PURE__ */ jsx3(Status, { status }) }, at))
        ] }),
        /* @__PURE__ */ jsxs3("tr", { children: [
          /* @__PURE__ */ jsx3("th", { scope: "row", children: words.runtime }),
          candidates.map(({ runtime }, at) => /* @__PURE__ */ jsx3("td", { children: runtime === "" ? /* @__PURE__ */ jsx3("span", { class: "dim", children: words.unknown }) : line3(runtime) }, at))
        ] }),
        facts.map(([name, of, show, isLessBetter]) => {
          let known2 = candidates.map(of).filter((value) => value !== null), best = isLessBetter === !0 && known2.length > 1 ? Math.min(...known2) : null;
          return /* @__PURE__ */ jsxs3("tr", { children: [
            /* @__PURE__ */ jsx3("th", { scope: "row", children: name }),
            candidates.map((candidate, at) => {
              let value = of(candidate);
              return /* @__PURE__ */ jsxs3("td", { class: "number", children: [
                value === null ? /* @__PURE__ */ jsx3("span", { class: "dim", children: words.unknown }) : show(value),
                value !== null && value === best && /* @__PURE__ */ jsxs3("span", { class: "best", children: [
                  " ",
                  words.shortest
                ] })
              ] }, at);
            })
          ] }, name);
        }),
        /* @__PURE__ */ jsxs3("tr", { children: [
          /* @__PURE__ */ jsx3("td", {}),
          candidates.map(({ number }, at) => /* @__PURE__ */ jsx3("td", { children: /* @__PURE__ */ jsxs3("button", { type: "button", disabled: at === first || !isChoosable(at), onClick: () => choose(number), children: [
            words.choose,
            " #",
            number
          ] }) }, at))
        ] })
      ] })
    ] }) }),
    /* @__PURE__ */ jsx3("p", { class: "dim", children: words.winnerNote }),
    winner !== null && /* @__PURE__ */ jsx3("button", { type: "button", onClick: () => choose(null), children: words.takeChoiceBack })
  ] });
}
function MarkPart({ subject, run }) {
  let { at, position } = subject.more ?? { at: 0, position: null }, positionOf = async () => position ?? (await get(sessionPath2(subject.name.full, `/events/${at}.json`))).event.position;
  return /* @__PURE__ */ jsxs3(
    "form",
    {
      onSubmit: (event) => {
        event.preventDefault();
        let name = textOf(event.currentTarget, "name");
        name !== "" && run(async (key) => mark(name, await positionOf(), !1, key));
      },
      children: [
        /* @__PURE__ */ jsx3("p", { children: t3().markNote(`r${at}`) }),
        /* @__PURE__ */ jsxs3("label", { children: [
          /* @__PURE__ */ jsx3("span", { children: t3().name }),
          /* @__PURE__ */ jsx3("input", { name: "name", type: "text", maxLength: 100, autocomplete: "off", spellcheck: !1, placeholder: "before-merge" })
        ] }),
        /* @__PURE__ */ jsx3("button", { type: "submit", children: t3().mark }),
        marks.value.length > 0 && /* @__PURE__ */ jsx3("div", { class: "choose", children: marks.value.map(({ name }) => /* @__PURE__ */ jsxs3("button", { type: "button", "aria-label": t3().removeMark(line3(name)), onClick: () => run((key) => mark(name, null, !0, key)), children: [
          line3(name),
          " ",
          /* @__PURE__ */ jsx3("span", { "aria-hidden": "true", children: "✕" })
        ] }, name)) })
      ]
    }
  );
}
function happenedBy(more) {
  return more === void 0 || more.happened === null ? {} : { happened: more.happened.at };
}
function pointAt(more, at) {
  return more === void 0 || more.happened === null ? `r${at}` : pointOf("occurred", more.happened.at);
}
function Corrected({ subject }) {
  let happened = subject.more?.happened ?? null;
  return happened === null ? null : /* @__PURE__ */ jsx3("strong", { class: "corrected", children: t3().withCorrections(happened.corrections) });
}
function ForkPart({ subject, run }) {
  let { name, more } = subject, at = more?.at ?? subject.revision;
  return /* @__PURE__ */ jsxs3(
    "form",
    {
      onSubmit: (event) => {
        event.preventDefault();
        let id = textOf(event.currentTarget, "id");
        run(
          (key) => change(name, "fork", { at, ...happenedBy(more), ...id === "" ? {} : { id } }, key, t3().forked(name.short, `r${at}`)),
          ({ session }) => {
            session !== void 0 && go(sessionPath2(session.full));
          }
        );
      },
      children: [
        /* @__PURE__ */ jsxs3("p", { children: [
          t3().forkNote(`r${at}`),
          " ",
          /* @__PURE__ */ jsx3(Corrected, { subject })
        ] }),
        /* @__PURE__ */ jsxs3("label", { children: [
          /* @__PURE__ */ jsx3("span", { children: t3().newId }),
          /* @__PURE__ */ jsx3("input", { name: "id", type: "text", maxLength: 200, autocomplete: "off", spellcheck: !1 })
        ] }),
        /* @__PURE__ */ jsx3("button", { type: "submit", children: t3().forkHere(`r${at}`) })
      ]
    }
  );
}
var SHOWN_MAX = 100;
function RevertPart({ subject, run }) {
  let { name, revision, more } = subject, at = more?.at ?? revision, read = useAnswer(withQuery3(sessionPath2(name.full, "/diff.json"), { base: `r${revision}`, at: pointAt(more, at) })), rows = read.value.value?.rows;
  return /* @__PURE__ */ jsxs3(Fragment2, { children: [
    /* @__PURE__ */ jsxs3("p", { children: [
      t3().revertNote(`r${at}`),
      " ",
      /* @__PURE__ */ jsx3(Corrected, { subject })
    ] }),
    read.problem.value !== null ? /* @__PURE__ */ jsx3(Trouble3, { problem: read.problem.value, retry: read.again }) : rows === void 0 ? /* @__PURE__ */ jsx3("p", { class: "dim", "aria-busy": "true", children: "…" }) : rows.length === 0 ? /* @__PURE__ */ jsx3("p", { children: t3().isSoAlready }) : /* @__PURE__ */ jsxs3("div", { class: "diff would-change", children: [
      /* @__PURE__ */ jsx3(Changes, { rows: rows.slice(0, SHOWN_MAX) }),
      rows.length > SHOWN_MAX && /* @__PURE__ */ jsx3("p", { class: "more", children: t3().more(rows.length - SHOWN_MAX) })
    ] }),
    /* @__PURE__ */ jsx3(
      "button",
      {
        type: "button",
        disabled: rows === void 0 || rows.length === 0,
        onClick: () => run((key) => change(name, "revert", { expect: revision, to: at, ...happenedBy(more) }, key, t3().reverted(name.short, `r${at}`))),
        children: t3().revertHere(`r${at}`)
      }
    )
  ] });
}

// ui/changes.tsx
import { sessionPath as sessionPath3, withQuery as withQuery4 } from "/app.js";
import { FindBar } from "/app.js";
import { line as line4 } from "/app.js";
import { s as s3 } from "/app.js";
import { Fragment as Fragment3, jsx as jsx4, jsxs as jsxs4 } from "/app.js";
var CHANGES_MAX = 5e3;
function shown(value) {
  return typeof value == "string" ? line4(value) : JSON.stringify(value);
}
function look(of, { session, asking: asking2, show, tell, go: go9 }) {
  let found = [], was = null, ask2 = (from) => asking2.ask(
    withQuery4(sessionPath3(session, "/trace.json"), { of, from }),
    (answer) => {
      from === null && (was = answer.before);
      let isFirst = found.length === 0;
      for (let { revision, value } of answer.rows) {
        let told = /* @__PURE__ */ jsxs4(Fragment3, { children: [
          /* @__PURE__ */ jsx4("span", { class: "removed", children: shown(was) }),
          " → ",
          /* @__PURE__ */ jsx4("span", { class: "added", children: shown(value) })
        ] });
        found.push({ revision, told }), was = value;
      }
      show([...found]), isFirst && found.length > 0 && go9(), answer.next !== null && found.length < CHANGES_MAX ? (tell(s3("looked through to r{}", answer.next)), ask2(answer.next)) : tell(found.length === 0 ? s3("It does not change.") : "");
    },
    (refused) => tell([refused.message, ...refused.details].join(" · "))
  );
  ask2(null);
}
function FindChanges({ model, open }) {
  return /* @__PURE__ */ jsx4(FindBar, { model, open, label: "Where an SQL expression changes: status, message_count > 10", look });
}

// ui/compare.tsx
import { useSignal as useSignal3 } from "/app.js";
import { address as address3, go as go3, sessionPath as sessionPath4, withQuery as withQuery6 } from "/app.js";

// ui/momentbar.tsx
import { useLayoutEffect as useLayoutEffect2, useMemo } from "/app.js";
import { address as address2, go as go2, withQuery as withQuery5 } from "/app.js";
import { LogBar as LogBar2 } from "/app.js";
import { Past } from "/app.js";
import { jsx as jsx5 } from "/app.js";
function clockOf(query) {
  return query.get("clock") === "recorded" || /^\d+$/.test(query.get("at") ?? "") ? "recorded" : "occurred";
}
function MomentBar({ path, query, isByTime }) {
  let asked = address2.value.query, at = asked.get("at"), clock2 = isByTime === !0 ? "occurred" : clockOf(asked), past = useMemo(() => {
    let past2 = new Past();
    return past2.clock.value = clock2, past2;
  }, []);
  useLayoutEffect2(() => {
    past.folded = null, past.clock.value = clock2, past.at.value = at === null ? null : past.keyOf(at);
  }, [past, at, clock2]);
  let queryOf = (clock3) => ({ ...query, clock: clock3 === "recorded" ? clock3 : null }), choose = (chosen, at2) => go2(withQuery5(path, { ...queryOf(chosen), at: at2 }), "replace");
  return /* @__PURE__ */ jsx5(LogBar2, { past, path, query: queryOf(clock2), choose, isByTime: isByTime ?? !1 });
}

// ui/compare.tsx
import { Link as Link2, Status as Status2, Trouble as Trouble4, useTyped } from "/app.js";
import { useAnswer as useAnswer2 } from "/app.js";
import { count as count2, line as line5 } from "/app.js";
import { s as s4 } from "/app.js";
import { Fragment as Fragment4, jsx as jsx6, jsxs as jsxs5 } from "/app.js";
function CompareScreen() {
  let { query } = address3.value, [a, b] = [query.get("a"), query.get("b")], [one, other] = [useTyped(a ?? ""), useTyped(b ?? "")], read = useAnswer2(a !== null && b !== null ? withQuery6("/compare.json", { a, b, at: query.get("at") }) : null), answer = read.value.value;
  return /* @__PURE__ */ jsxs5("main", { class: "compare-screen", "aria-busy": read.isReading.value, children: [
    /* @__PURE__ */ jsx6("h1", { class: "spoken", children: s4("Compare") }),
    /* @__PURE__ */ jsxs5(
      "form",
      {
        class: "filters",
        onSubmit: (event) => {
          event.preventDefault();
          let form = new FormData(event.currentTarget);
          go3(withQuery6("/compare", { a: String(form.get("a") ?? ""), b: String(form.get("b") ?? ""), at: query.get("at") }));
        },
        children: [
          /* @__PURE__ */ jsx6("input", { name: "a", type: "text", placeholder: s4("a session"), "aria-label": s4("The first session"), ref: one.box, defaultValue: a ?? "", autocomplete: "off", spellcheck: !1 }),
          /* @__PURE__ */ jsx6(
            "input",
            {
              name: "b",
              type: "text",
              placeholder: s4("another one"),
              "aria-label": s4("The second session"),
              ref: other.box,
              defaultValue: b ?? "",
              autocomplete: "off",
              spellcheck: !1
            }
          ),
          /* @__PURE__ */ jsx6("button", { type: "submit", children: s4("Compare") })
        ]
      }
    ),
    read.problem.value !== null && /* @__PURE__ */ jsx6(Trouble4, { problem: read.problem.value, retry: read.again }),
    a === null || b === null ? /* @__PURE__ */ jsx6("p", { class: "empty", children: s4("Name two sessions; in the list, the key v marks them.") }) : answer === null ? read.problem.value === null && /* @__PURE__ */ jsx6("p", { class: "empty", children: "…" }) : /* @__PURE__ */ jsx6(Both, { answer, at: query.get("at") }),
    a !== null && b !== null && /* @__PURE__ */ jsx6(MomentBar, { path: "/compare", query: { a, b } })
  ] });
}
function Both({ answer, at }) {
  let first = answer.rows.findIndex((row) => !row.is_same), same = first < 0 ? answer.rows.length : first;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    /* @__PURE__ */ jsxs5("div", { class: "both", tabIndex: 0, role: "region", "aria-label": s4("Two sessions"), children: [
      /* @__PURE__ */ jsx6("div", { class: "pair heads-of", children: [answer.left, answer.right].map((side, nth) => /* @__PURE__ */ jsxs5("div", { children: [
        /* @__PURE__ */ jsx6(Link2, { to: withQuery6(sessionPath4(side.name.full), { at: at === null ? null : `r${side.revision}` }), class: "id", children: line5(side.name.short) }),
        " ",
        /* @__PURE__ */ jsx6(Status2, { status: side.status }),
        /* @__PURE__ */ jsx6("h2", { children: line5(side.task) || s4("no task") }),
        /* @__PURE__ */ jsxs5("span", { class: "dim", children: [
          count2(side.agents, "agent"),
          " · ",
          count2(side.messages, "message"),
          " · r",
          side.revision
        ] })
      ] }, nth)) }),
      /* @__PURE__ */ jsxs5("p", { class: "parted", role: "status", children: [
        answer.divergence === null ? s4("They do not part: nothing differs.") : s4("They part at {}", line5(answer.divergence)),
        answer.divergence !== null && same > 0 && s4(first < 0 && answer.is_cut ? ", after more than {} in common" : ", after {} in common", count2(same, "message"))
      ] }),
      answer.own.map((row) => /* @__PURE__ */ jsxs5("div", { class: "pair differs", children: [
        /* @__PURE__ */ jsx6("span", { class: "place", children: line5(row.place) }),
        /* @__PURE__ */ jsx6("div", { children: line5(row.left) }),
        /* @__PURE__ */ jsx6("div", { children: line5(row.right) })
      ] }, row.place)),
      answer.agents.filter((row) => !row.is_same).map((row) => /* @__PURE__ */ jsxs5("div", { class: "pair differs", children: [
        /* @__PURE__ */ jsxs5("span", { class: "place", children: [
          line5(row.place),
          " ",
          /* @__PURE__ */ jsx6("span", { class: "dim", children: row.differ.map(line5).join(", ") })
        ] }),
        /* @__PURE__ */ jsx6("div", { children: row.left === null ? /* @__PURE__ */ jsx6("span", { class: "dim", children: s4("not there") }) : line5(row.left) }),
        /* @__PURE__ */ jsx6("div", { children: row.right === null ? /* @__PURE__ */ jsx6("span", { class: "dim", children: s4("not there") }) : line5(row.right) })
      ] }, row.place)),
      runs(answer.rows).map(
        (run) => run[0]?.is_same === !0 && run.length > 2 ? /* @__PURE__ */ jsx6(Equal, { rows: run, answer }, `${run[0].left?.revision}`) : run.map((row) => /* @__PURE__ */ jsx6(Pair, { row, answer, isFirst: row === answer.rows[first] }, `${row.left?.revision} ${row.right?.revision}`))
      ),
      answer.is_cut && /* @__PURE__ */ jsx6("p", { class: "dim", children: s4("Only the first {} of messages are shown; all were compared.", count2(answer.rows.length, "row")) })
    ] })
  );
}
function runs(rows) {
  let found = [];
  for (let row of rows) {
    let last = found.at(-1);
    last !== void 0 && last[0]?.is_same === row.is_same ? last.push(row) : found.push([row]);
  }
  return found;
}
function Equal({ rows, answer }) {
  let isOpen = useSignal3(!1);
  return /* @__PURE__ */ jsxs5(Fragment4, { children: [
    /* @__PURE__ */ jsxs5("button", { type: "button", class: "equal", "aria-expanded": isOpen.value, onClick: () => isOpen.value = !isOpen.value, children: [
      count2(rows.length, "equal message"),
      " ",
      isOpen.value ? "▾" : "▸"
    ] }),
    isOpen.value && rows.map((row) => /* @__PURE__ */ jsx6(Pair, { row, answer, isFirst: !1 }, `${row.left?.revision}`))
  ] });
}
function Pair({ row, answer, isFirst }) {
  let side = (said, of) => said === null ? /* @__PURE__ */ jsx6("div", { class: "dim", children: s4("nothing") }) : /* @__PURE__ */ jsxs5("div", { children: [
    /* @__PURE__ */ jsxs5(Link2, { to: withQuery6(sessionPath4(of.name.full), { at: `r${said.revision}` }), class: "number", children: [
      "r",
      said.revision
    ] }),
    " ",
    line5(said.text)
  ] });
  return /* @__PURE__ */ jsxs5("div", { class: `pair${row.is_same ? "" : " differs"}${isFirst ? " first" : ""}`, children: [
    isFirst && /* @__PURE__ */ jsx6("span", { class: "place", children: s4("here they part") }),
    side(row.left, answer.left),
    side(row.right, answer.right)
  ] });
}

// ui/done.tsx
import { useEffect as useEffect3 } from "/app.js";
import { Trouble as Trouble5 } from "/app.js";
import { line as line6 } from "/app.js";
import { t as t4 } from "/app.js";
import { done, failed as failed3 } from "/app.js";
import { jsx as jsx7, jsxs as jsxs6 } from "/app.js";
function DoneBar() {
  let known2 = done.value, problem = failed3.value;
  return useEffect3(() => {
    if (known2 === null) return;
    let wait2 = setTimeout(() => {
      done.peek() === known2 && (done.value = null);
    }, 15e3);
    return () => clearTimeout(wait2);
  }, [known2]), problem !== null ? /* @__PURE__ */ jsx7("div", { class: "done failed", children: /* @__PURE__ */ jsx7(Trouble5, { problem, retry: () => failed3.value = null, retryName: t4().close }) }) : known2 === null ? null : /* @__PURE__ */ jsxs6("div", { class: "done", role: "status", children: [
    /* @__PURE__ */ jsx7("span", { children: line6(known2.said) }),
    known2.undo !== null && /* @__PURE__ */ jsxs6("button", { type: "button", onClick: () => {
      known2.undo?.();
    }, children: [
      t4().undo,
      " ",
      /* @__PURE__ */ jsx7("kbd", { children: "u" })
    ] }),
    /* @__PURE__ */ jsx7("button", { type: "button", class: "quiet", "aria-label": t4().close, onClick: () => done.value = null, children: "✕" })
  ] });
}

// ui/entrance.tsx
import { useSignal as useSignal4 } from "/app.js";
import { asProblem as asProblem3, bring } from "/app.js";
import { Trouble as Trouble6 } from "/app.js";
import { s as s5 } from "/app.js";
import { jsx as jsx8, jsxs as jsxs7 } from "/app.js";
function Entrance() {
  let problem = useSignal4(null), isAsking = useSignal4(!1), enter = async (form) => {
    let token = new FormData(form).get("token");
    if (!(typeof token != "string" || token.trim() === "" || isAsking.peek())) {
      isAsking.value = !0, problem.value = null;
      try {
        await bring(token.trim()), location.reload();
      } catch (error) {
        problem.value = asProblem3(error), isAsking.value = !1;
      }
    }
  };
  return /* @__PURE__ */ jsxs7(
    "form",
    {
      class: "entrance",
      onSubmit: (event) => {
        event.preventDefault(), enter(event.currentTarget);
      },
      children: [
        /* @__PURE__ */ jsxs7("label", { children: [
          /* @__PURE__ */ jsx8("span", { children: s5("Token") }),
          /* @__PURE__ */ jsx8("input", { name: "token", type: "password", maxLength: 200, autocomplete: "off", spellcheck: !1, autofocus: !0 })
        ] }),
        /* @__PURE__ */ jsx8("button", { type: "submit", disabled: isAsking.value, children: s5("Enter") }),
        problem.value !== null && /* @__PURE__ */ jsx8(Trouble6, { problem: problem.value })
      ]
    }
  );
}

// ui/export.tsx
import { useSignal as useSignal5 } from "/app.js";
import { useEffect as useEffect4, useRef as useRef2 } from "/app.js";
import { sessionPath as sessionPath5, withQuery as withQuery7 } from "/app.js";
import { dataIn } from "/app.js";
import { Places, placesOf } from "/app.js";
import { asProblem as asProblem4, get as get2, isAbort } from "/app.js";
import { Sheet as Sheet2, Trouble as Trouble7 } from "/app.js";
import { useAsking } from "/app.js";
import { count as count3, line as line7, size as size2 } from "/app.js";
import { s as s6 } from "/app.js";
import { jsx as jsx9, jsxs as jsxs8 } from "/app.js";
var PARTS = [
  ["outputs", "what agents wrote"],
  ["results", "what tools returned"],
  ["thoughts", "what the model thought"]
];
function ExportSheet({ model, close }) {
  let asking2 = useAsking(), isPast = model.isPast.peek(), isToCursor = useSignal5(isPast), without = useSignal5([]), made = useSignal5(null), isMaking = useSignal5(!1), problem = useSignal5(null), held = useRef2(null), letGo = () => {
    held.current !== null && URL.revokeObjectURL(held.current), held.current = null;
  };
  useEffect4(() => letGo, []);
  let choose = (change2) => {
    change2(), asking2.end(), letGo(), isMaking.value = !1, made.value = null, problem.value = null;
  }, make = async () => {
    let signal4 = asking2.begin();
    isMaking.value = !0, problem.value = null;
    let name = model.name.peek()?.full ?? model.session, address8 = withQuery7(`${sessionPath5(name)}/export.json`, {
      at: isToCursor.peek() ? `r${model.cursor.peek()}` : null,
      without: without.peek().length === 0 ? null : without.peek().join(",")
    });
    try {
      let answer = await get2(address8, signal4), places = placesOf(dataIn(answer.file)?.events ?? []);
      held.current = URL.createObjectURL(new Blob([answer.file], { type: "text/html" })), made.value = { events: answer.events, leftOut: answer.left_out, bytes: answer.bytes, places, address: held.current }, isMaking.value = !1;
    } catch (error) {
      if (isAbort(error)) return;
      problem.value = asProblem4(error), isMaking.value = !1;
    }
  }, file = made.value, fileName = `${(model.name.value?.short ?? "session").replace(/[^A-Za-z0-9._-]+/g, "-")}.html`;
  return /* @__PURE__ */ jsxs8(Sheet2, { title: s6("Export as one file"), close, isWide: !0, children: [
    /* @__PURE__ */ jsxs8(
      "form",
      {
        class: "export",
        onSubmit: (event) => {
          event.preventDefault(), make();
        },
        children: [
          /* @__PURE__ */ jsx9("p", { class: "dim", children: s6("A page that plays the session without a server and sends no request. Secrets are masked; `retold extract` gives its events back.") }),
          isPast && /* @__PURE__ */ jsxs8("fieldset", { children: [
            /* @__PURE__ */ jsx9("legend", { children: s6("How much") }),
            /* @__PURE__ */ jsxs8("label", { children: [
              /* @__PURE__ */ jsx9("input", { type: "radio", name: "until", checked: isToCursor.value, onChange: () => choose(() => isToCursor.value = !0) }),
              " ",
              s6("up to r{}, where you are", model.cursor.peek())
            ] }),
            /* @__PURE__ */ jsxs8("label", { children: [
              /* @__PURE__ */ jsx9("input", { type: "radio", name: "until", checked: !isToCursor.value, onChange: () => choose(() => isToCursor.value = !1) }),
              " ",
              s6("all of it")
            ] })
          ] }),
          /* @__PURE__ */ jsxs8("fieldset", { children: [
            /* @__PURE__ */ jsx9("legend", { children: s6("Leave out") }),
            PARTS.map(([part, name]) => /* @__PURE__ */ jsxs8("label", { children: [
              /* @__PURE__ */ jsx9(
                "input",
                {
                  type: "checkbox",
                  checked: without.value.includes(part),
                  onChange: ({ currentTarget: { checked } }) => choose(() => without.value = [...without.peek().filter((one) => one !== part), ...checked ? [part] : []])
                }
              ),
              " ",
              s6(name)
            ] }, part))
          ] }),
          file === null && /* @__PURE__ */ jsx9("button", { type: "submit", disabled: isMaking.value, "aria-busy": isMaking.value, children: isMaking.value ? s6("It is being made…") : s6("Look through it") })
        ]
      }
    ),
    problem.value !== null && /* @__PURE__ */ jsx9(Trouble7, { problem: problem.value, retry: () => {
      make();
    } }),
    file !== null && /* @__PURE__ */ jsxs8("section", { class: "made", "aria-label": s6("The file"), children: [
      /* @__PURE__ */ jsxs8("p", { role: "status", children: [
        count3(file.events, "event"),
        ", ",
        size2(file.bytes),
        file.leftOut > 0 && ` · ${s6("{} without what was said", count3(file.leftOut, "event"))}`
      ] }),
      /* @__PURE__ */ jsx9("a", { href: file.address, download: fileName, children: s6("Save {}", line7(fileName)) }),
      /* @__PURE__ */ jsx9("h3", { children: s6("What is masked") }),
      /* @__PURE__ */ jsx9(Places, { places: file.places, close })
    ] })
  ] });
}

// ui/files.tsx
import { signal as signal2 } from "/app.js";
import { useEffect as useEffect5, useMemo as useMemo2 } from "/app.js";
import { sessionPath as sessionPath6, withQuery as withQuery8 } from "/app.js";
import { Trouble as Trouble8 } from "/app.js";
import { useAsking as useAsking2 } from "/app.js";
import { clock, count as count4, line as line8 } from "/app.js";
import { s as s7, t as t5 } from "/app.js";
import { jsx as jsx10, jsxs as jsxs9 } from "/app.js";
var SHOWN_MAX2 = 500;
function filesOf(rows, cursor) {
  let files = /* @__PURE__ */ new Map();
  for (let row of rows) {
    let key = row.path ?? "", known2 = files.get(key);
    known2 === void 0 ? files.set(key, { path: row.path, changes: [row] }) : known2.changes.push(row);
  }
  let last = ({ changes }) => changes.findLast(({ revision }) => revision <= cursor)?.revision ?? -(changes[0]?.revision ?? 0);
  return [...files.values()].sort((a, b) => last(b) - last(a));
}
function linesOf(changes, of) {
  let sum = 0;
  for (let change2 of changes) {
    let lines = change2[of];
    if (lines === null) return null;
    sum += lines;
  }
  return sum;
}
function FilesPane({ model }) {
  let asking2 = useAsking2(), rows = useMemo2(() => signal2(null), [model]), problem = useMemo2(() => signal2(null), [model]), through = useMemo2(() => signal2(0), [model]), last = model.last.value, read = () => {
    let take = (answer) => {
      problem.value = null, rows.value = [...rows.peek() ?? [], ...answer.rows], through.value = answer.next ?? answer.revision, answer.next !== null && ask2();
    }, ask2 = () => asking2.ask(withQuery8(sessionPath6(model.session, "/files.json"), { from: through.peek() }), take, (refused) => {
      problem.value = refused;
    });
    ask2();
  };
  useEffect5(() => {
    last > through.peek() && read();
  }, [model, last]);
  let cursor = model.cursor.value, known2 = rows.value, files = useMemo2(() => filesOf(known2 ?? [], cursor), [known2, cursor]);
  return problem.value !== null ? /* @__PURE__ */ jsx10(Trouble8, { problem: problem.value, retry: read }) : known2 === null ? /* @__PURE__ */ jsx10("p", { class: "empty", children: "…" }) : /* @__PURE__ */ jsxs9("div", { class: "files", "aria-busy": through.value < last, children: [
    /* @__PURE__ */ jsx10("p", { class: "dim", children: s7("What calls of tools say that they change.") }),
    files.length === 0 && /* @__PURE__ */ jsx10("p", { class: "empty", children: s7("No call says that it changes a file.") }),
    files.slice(0, SHOWN_MAX2).map((file) => /* @__PURE__ */ jsx10(File, { file, model, cursor }, file.path ?? "")),
    files.length > SHOWN_MAX2 && /* @__PURE__ */ jsx10("p", { class: "more", children: t5().more(files.length - SHOWN_MAX2) })
  ] });
}
function File({ file, model, cursor }) {
  let done2 = file.changes.filter(({ revision }) => revision <= cursor), path = file.path === null ? s7("a file that is not named") : line8(file.path), cut = path.lastIndexOf("/") + 1;
  return /* @__PURE__ */ jsxs9("details", { class: `file${done2.length === 0 ? " later" : ""}`, children: [
    /* @__PURE__ */ jsxs9("summary", { children: [
      /* @__PURE__ */ jsxs9("span", { class: "name", children: [
        path.slice(cut),
        " ",
        /* @__PURE__ */ jsx10("span", { class: "dim", children: path.slice(0, cut) })
      ] }),
      /* @__PURE__ */ jsx10(Lines, { changes: done2 }),
      /* @__PURE__ */ jsx10("span", { class: "number dim", children: count4(done2.length, "change") })
    ] }),
    file.changes.map((change2, nth) => /* @__PURE__ */ jsxs9(
      "button",
      {
        type: "button",
        class: `file-change${change2.revision > cursor ? " later" : ""}${change2.revision === cursor ? " written" : ""}`,
        onClick: () => model.moveTo(change2.revision),
        children: [
          /* @__PURE__ */ jsxs9("span", { class: "number rev", children: [
            "r",
            change2.revision
          ] }),
          /* @__PURE__ */ jsx10("span", { class: "number dim", children: clock(change2.occurred_at / 1e3) }),
          /* @__PURE__ */ jsx10("span", { children: s7(change2.is) }),
          /* @__PURE__ */ jsx10(Lines, { changes: [change2] })
        ]
      },
      nth
    ))
  ] });
}
function Lines({ changes }) {
  let [added, removed] = [linesOf(changes, "added"), linesOf(changes, "removed")];
  return added === null || removed === null ? /* @__PURE__ */ jsx10("span", { class: "number dim", children: "?" }) : /* @__PURE__ */ jsxs9("span", { class: "number", children: [
    added > 0 && /* @__PURE__ */ jsxs9("span", { class: "added", children: [
      "+",
      added
    ] }),
    " ",
    removed > 0 && /* @__PURE__ */ jsxs9("span", { class: "removed", children: [
      "−",
      removed
    ] })
  ] });
}

// ui/goto.tsx
import { useSignal as useSignal6 } from "/app.js";
import { address as address4, go as go4, screenOf, sessionPath as sessionPath7, withQuery as withQuery9 } from "/app.js";
import { notice } from "/app.js";
import { Sheet as Sheet3, Trouble as Trouble9 } from "/app.js";
import { useAsking as useAsking3 } from "/app.js";
import { s as s8 } from "/app.js";
import { jsx as jsx11, jsxs as jsxs10 } from "/app.js";
function GoTo({ close }) {
  let screen = screenOf(address4.value.path), problem = useSignal6(null), reading = useAsking3(), leave = (text) => {
    let session = screen.name === "session" ? screen.session : null;
    reading.ask(
      withQuery9("/resolve.json", { point: text, session }),
      (answer) => {
        close(), notice.value = answer.said, answer.session !== null ? go4(withQuery9(sessionPath7(answer.session.full), { at: `r${answer.revision ?? 1}` })) : go4(withQuery9(address4.peek().path, { at: text }));
      },
      (refused) => {
        problem.value = refused;
      }
    );
  };
  return /* @__PURE__ */ jsxs10(Sheet3, { title: s8("Go to a moment"), close, children: [
    /* @__PURE__ */ jsxs10(
      "form",
      {
        onSubmit: (event) => {
          event.preventDefault();
          let text = new FormData(event.currentTarget).get("point");
          typeof text == "string" && text.trim() !== "" && leave(text.trim());
        },
        children: [
          /* @__PURE__ */ jsxs10("label", { children: [
            /* @__PURE__ */ jsx11("span", { children: s8("A point") }),
            /* @__PURE__ */ jsx11("input", { name: "point", type: "text", placeholder: "r7, head-3, 15min-ago, yesterday 17:30, mark:NAME", autocomplete: "off", spellcheck: !1 })
          ] }),
          /* @__PURE__ */ jsx11("button", { type: "submit", children: s8("Go") })
        ]
      }
    ),
    problem.value !== null && /* @__PURE__ */ jsx11(Trouble9, { problem: problem.value })
  ] });
}

// ui/metrics.tsx
import { address as address5, go as go5, sessionPath as sessionPath8, withQuery as withQuery10 } from "/app.js";
import { Link as Link3, Tabs as Tabs2, Trouble as Trouble10 } from "/app.js";
import { useAnswer as useAnswer3 } from "/app.js";
import { count as count5, line as line9, size as size3, stretch as stretch3 } from "/app.js";
import { dollars, tokens } from "/app.js";
import { s as s9, say } from "/app.js";
import { Fragment as Fragment5, jsx as jsx12, jsxs as jsxs11 } from "/app.js";
var WHAT = [
  ["sessions", "Sessions"],
  ["usage", "Tokens and cost"]
], BY = {
  sessions: ["day", "type", "runtime", "agent"],
  usage: ["day", "week", "month", "model", "project", "session", "tool", "agent"]
};
function MetricsScreen() {
  let { query } = address5.value, what = query.get("what") === "usage" ? "usage" : "sessions", by = BY[what].includes(query.get("by") ?? "") ? query.get("by") ?? "day" : "day", at = query.get("at"), clock2 = what === "sessions" && clockOf(query) === "recorded" ? "recorded" : null, choices = BY[what].filter((name) => what === "usage" || at === null || !["agent", "runtime"].includes(name)), show = (changed) => go5(withQuery10("/metrics", { what: what === "usage" ? "usage" : null, by: by === "day" ? null : by, at, clock: clock2, ...changed }), "replace");
  return /* @__PURE__ */ jsxs11("main", { class: "sums-screen", children: [
    /* @__PURE__ */ jsx12("h1", { class: "spoken", children: s9("Metrics") }),
    /* @__PURE__ */ jsxs11("div", { class: "filters", children: [
      /* @__PURE__ */ jsx12(
        Tabs2,
        {
          label: s9("Which figures"),
          tabs: WHAT,
          chosen: what,
          choose: (chosen) => show({ what: chosen === "usage" ? "usage" : null, by: null, at: clock2 === null ? at : null, clock: null })
        }
      ),
      /* @__PURE__ */ jsxs11("div", { class: "facet", role: "group", "aria-label": s9("By what"), children: [
        /* @__PURE__ */ jsx12("span", { class: "facet-name", children: s9("by") }),
        choices.map((name) => /* @__PURE__ */ jsx12("button", { type: "button", class: "chip", "aria-pressed": name === by, onClick: () => show({ by: name === "day" ? null : name }), children: say(name) }, name))
      ] })
    ] }),
    what === "usage" ? /* @__PURE__ */ jsx12(UsageTable, { by, at }) : /* @__PURE__ */ jsx12(MetricsTable, { by: choices.includes(by) ? by : "day", at, clock: clock2 }),
    /* @__PURE__ */ jsx12(MomentBar, { path: "/metrics", query: { what: what === "usage" ? "usage" : null, by: by === "day" ? null : by }, isByTime: what === "usage" })
  ] });
}
function Bar({ part, children }) {
  return /* @__PURE__ */ jsxs11("td", { class: "right number barred", children: [
    children,
    /* @__PURE__ */ jsx12("span", { class: "bar-of", "aria-hidden": "true", style: { width: `${(Math.max(0, Math.min(1, part)) * 100).toFixed(1)}%` } })
  ] });
}
function figure(column, value) {
  return value === null ? "" : typeof value != "number" ? line9(String(value)) : /bytes/.test(column) ? size3(value) : /seconds/.test(column) ? stretch3(value * 1e3) : value.toLocaleString("en", { maximumFractionDigits: 1 });
}
var names = {
  seconds_avg: "average",
  active_seconds: "active",
  output_bytes: "output",
  bytes_per_hour: "output per hour",
  per_hour: "messages per hour"
};
function MetricsTable({ by, at, clock: clock2 }) {
  let read = useAnswer3(withQuery10("/metrics.json", { by, at, clock: clock2 ?? "occurred" })), answer = read.value.value;
  if (read.problem.value !== null) return /* @__PURE__ */ jsx12(Trouble10, { problem: read.problem.value, retry: read.again });
  if (answer === null) return /* @__PURE__ */ jsx12("p", { class: "empty", children: "…" });
  if (answer.rows.length === 0) return /* @__PURE__ */ jsx12("p", { class: "empty", children: s9("There is nothing to sum up yet.") });
  let most = answer.columns.map((_, at2) => Math.max(1, ...answer.rows.map((row) => typeof row[at2] == "number" ? row[at2] : 0)));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    /* @__PURE__ */ jsx12("div", { class: "sums", tabIndex: 0, role: "region", "aria-label": s9("Sessions by {}", say(by)), "aria-busy": read.isReading.value, children: /* @__PURE__ */ jsxs11("table", { children: [
      /* @__PURE__ */ jsx12("thead", { children: /* @__PURE__ */ jsx12("tr", { children: answer.columns.map((column, at2) => /* @__PURE__ */ jsx12("th", { scope: "col", class: at2 === 0 ? "" : "right", children: line9(say(names[column] ?? column.replaceAll("_", " "))) }, column)) }) }),
      /* @__PURE__ */ jsx12("tbody", { children: answer.rows.map((row, nth) => /* @__PURE__ */ jsx12("tr", { children: row.map(
        (value, at2) => at2 === 0 ? /* @__PURE__ */ jsx12("th", { scope: "row", children: figure("", value) || s9("unknown") }, at2) : typeof value == "number" ? /* @__PURE__ */ jsx12(Bar, { part: value / (most[at2] ?? 1), children: figure(answer.columns[at2] ?? "", value) }, at2) : /* @__PURE__ */ jsx12("td", { class: "right number", children: figure(answer.columns[at2] ?? "", value) }, at2)
      ) }, nth)) })
    ] }) })
  );
}
function costOf(used) {
  return used.micros === null ? s9("unknown") : `${dollars(used.micros)}${used.records_without_cost > 0 ? " +" : ""}`;
}
function UsageTable({ by, at }) {
  let read = useAnswer3(withQuery10("/usage.json", { by, at })), answer = read.value.value;
  if (read.problem.value !== null) return /* @__PURE__ */ jsx12(Trouble10, { problem: read.problem.value, retry: read.again });
  if (answer === null) return /* @__PURE__ */ jsx12("p", { class: "empty", children: "…" });
  if (answer.rows.length === 0)
    return /* @__PURE__ */ jsxs11("p", { class: "empty", children: [
      s9("No usage is known:"),
      " ",
      /* @__PURE__ */ jsx12("code", { children: "retold import" }),
      " ",
      s9("takes in what coding agents left on disk.")
    ] });
  let most = Math.max(1, ...answer.rows.map((row) => row.micros ?? 0)), cells = (row) => /* @__PURE__ */ jsxs11(Fragment5, { children: [
    /* @__PURE__ */ jsx12("td", { class: "right number", children: row.sessions.toLocaleString("en") }),
    /* @__PURE__ */ jsx12("td", { class: "right number", children: tokens(row.input) }),
    /* @__PURE__ */ jsx12("td", { class: "right number", children: tokens(row.cache_read) }),
    /* @__PURE__ */ jsx12("td", { class: "right number", children: tokens(row.cache_write) }),
    /* @__PURE__ */ jsx12("td", { class: "right number", children: tokens(row.output) })
  ] });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    /* @__PURE__ */ jsxs11("div", { class: "sums", tabIndex: 0, role: "region", "aria-label": s9("Usage by {}", say(by)), "aria-busy": read.isReading.value, children: [
      /* @__PURE__ */ jsxs11("table", { children: [
        /* @__PURE__ */ jsx12("thead", { children: /* @__PURE__ */ jsx12("tr", { children: [by, "sessions", "input", "from cache", "to cache", "output", "cost"].map((name, at2) => /* @__PURE__ */ jsx12("th", { scope: "col", class: at2 === 0 ? "" : "right", children: say(name) }, name)) }) }),
        /* @__PURE__ */ jsx12("tbody", { children: answer.rows.map((row, nth) => /* @__PURE__ */ jsxs11("tr", { children: [
          /* @__PURE__ */ jsx12("th", { scope: "row", children: by === "session" && row.key !== null && row.tool !== null ? /* @__PURE__ */ jsx12(Link3, { to: sessionPath8(`${row.tool}/${row.key}`), children: line9(row.title ?? row.key) }) : line9(row.key ?? s9("unknown")) }),
          cells(row),
          /* @__PURE__ */ jsx12(Bar, { part: (row.micros ?? 0) / most, children: costOf(row) })
        ] }, nth)) }),
        /* @__PURE__ */ jsx12("tfoot", { children: /* @__PURE__ */ jsxs11("tr", { children: [
          /* @__PURE__ */ jsx12("th", { scope: "row", children: s9("total") }),
          cells(answer.total),
          /* @__PURE__ */ jsx12("td", { class: "right number", children: costOf(answer.total) })
        ] }) })
      ] }),
      /* @__PURE__ */ jsxs11("p", { class: "dim about", children: [
        s9("At the list prices of the models' providers, whatever was paid."),
        answer.total.records_without_cost > 0 && ` + leaves out ${count5(answer.total.records_without_cost, "record")} without a known price${answer.without_cost.length > 0 ? `: ${answer.without_cost.slice(0, 4).map(line9).join(", ")}` : ""}.`,
        answer.total.partial > 0 && ` Of ${count5(answer.total.partial, "session")} the tool recorded a part alone.`
      ] })
    ] })
  );
}

// ui/palette.tsx
import { useSignal as useSignal7 } from "/app.js";
import { useEffect as useEffect6, useRef as useRef3 } from "/app.js";
import { go as go6, sessionPath as sessionPath9, withQuery as withQuery11 } from "/app.js";
import { keysNow, nameOf } from "/app.js";
import { Sheet as Sheet4 } from "/app.js";
import { useAsking as useAsking4 } from "/app.js";
import { line as line10 } from "/app.js";
import { s as s10, say as say2 } from "/app.js";
import { team as team2 } from "/app.js";
import { jsx as jsx13, jsxs as jsxs12 } from "/app.js";
var SCREENS = [
  ["/board", "Board"],
  ["/sessions", "Sessions"],
  ["/search", "Search"],
  ["/metrics", "Metrics"],
  ["/metrics?what=usage", "Tokens and cost"],
  ["/compare", "Compare two sessions"],
  ["/sources", "Sources"]
], OF_TEAMS = ["/board", "/sessions", "/search"], CHOICES_MAX = 12;
function fit(query, name) {
  let text = name.toLowerCase(), at = -1, gaps = 0;
  for (let letter of query.toLowerCase().replace(/\s+/g, "")) {
    let next = text.indexOf(letter, at + 1);
    if (next < 0) return Number.POSITIVE_INFINITY;
    gaps += at < 0 ? next / 100 : next - at - 1, at = next;
  }
  return gaps;
}
function Palette({ close, isOfSession }) {
  let text = useSignal7(""), found = useSignal7({ of: "", rows: [] }), chosen = useSignal7(0), list = useRef3(null), asking2 = useAsking4();
  useEffect6(() => {
    let asked2 = text.value.trim(), wait2 = setTimeout(
      () => asking2.ask(
        withQuery11("/sessions.json", { q: asked2, n: 6 }),
        ({ rows }) => {
          found.value = { of: asked2, rows };
        },
        () => {
        }
      ),
      asked2 === "" ? 0 : 80
    );
    return () => {
      asking2.end(), clearTimeout(wait2);
    };
  }, [text.value]);
  let asked = text.value.trim(), sessions = found.value.of === asked ? found.value.rows : [], press = (key) => {
    let isShifted = key.startsWith("Shift+");
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: key.replace("Shift+", ""), shiftKey: isShifted, bubbles: !0, cancelable: !0 }));
  }, fitting = [
    ...SCREENS.filter(([path]) => team2.value === null || OF_TEAMS.includes(path)).map(([path, name]) => ({ what: "screen", name: s10(name), hint: "", run: () => go6(path) })),
    ...keysNow().map(([, binding]) => binding).filter((binding) => binding.keys.length < 9 && (binding.screens === "all" || binding.screens === "session" === isOfSession)).map((binding) => ({ what: "key", name: s10(binding.about), hint: nameOf(binding.keys[0] ?? ""), run: () => press(binding.keys[0] ?? "") }))
  ].map((choice) => [fit(asked, choice.name), choice]).filter(([gaps]) => gaps < 30).sort(([a], [b]) => a - b).map(([, choice]) => choice), choices = [
    ...sessions.map((row) => ({
      what: "session",
      name: line10(row.task) || s10("no task"),
      hint: line10(row.name.short),
      run: () => go6(sessionPath9(row.name.full))
    })),
    ...fitting,
    ...asked === "" ? [] : [{ what: "search", name: s10("everywhere for “{}”", line10(asked)), hint: "retold search", run: () => go6(withQuery11("/search", { q: asked })) }]
  ].slice(0, asked === "" ? CHOICES_MAX : CHOICES_MAX + 4), at = Math.min(chosen.value, choices.length - 1);
  useEffect6(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at]);
  let run = (choice) => {
    choice !== void 0 && (close(), setTimeout(choice.run, 0));
  };
  return /* @__PURE__ */ jsxs12(Sheet4, { title: s10("Find or do"), close, children: [
    /* @__PURE__ */ jsx13(
      "input",
      {
        type: "text",
        class: "wide",
        role: "combobox",
        "aria-expanded": "true",
        "aria-controls": "choices",
        "aria-activedescendant": at < 0 ? void 0 : `choice-${at}`,
        "aria-label": s10("A session, a screen, or what to do"),
        placeholder: s10("a session, a screen, or what to do"),
        autocomplete: "off",
        spellcheck: !1,
        onInput: (event) => {
          text.value = event.currentTarget.value, chosen.value = 0;
        },
        onKeyDown: (event) => {
          if (!event.isComposing) {
            if (event.key === "ArrowDown") chosen.value = Math.min(choices.length - 1, at + 1);
            else if (event.key === "ArrowUp") chosen.value = Math.max(0, at - 1);
            else if (event.key === "Enter") run(choices[at]);
            else return;
            event.preventDefault();
          }
        }
      }
    ),
    /* @__PURE__ */ jsx13("div", { class: "choices", id: "choices", role: "listbox", "aria-label": s10("Choices"), ref: list, children: choices.map((choice, nth) => (
      // biome-ignore lint/a11y/useKeyWithClickEvents: the box above takes the keys
      // biome-ignore lint/a11y/useFocusableInteractive: the box above has the focus
      /* @__PURE__ */ jsxs12("div", { id: `choice-${nth}`, role: "option", "aria-selected": nth === at, onClick: () => run(choice), children: [
        /* @__PURE__ */ jsx13("span", { class: "dim what", children: say2(choice.what) }),
        /* @__PURE__ */ jsx13("span", { class: "name", children: choice.name }),
        choice.hint !== "" && /* @__PURE__ */ jsx13("kbd", { children: choice.hint })
      ] }, `${choice.what} ${choice.name} ${choice.hint}`)
    )) })
  ] });
}

// ui/search.tsx
import { signal as signal3 } from "/app.js";
import { useEffect as useEffect7, useLayoutEffect as useLayoutEffect3, useMemo as useMemo3 } from "/app.js";
import { address as address6, go as go7, sessionPath as sessionPath10, withQuery as withQuery12 } from "/app.js";
import { searchOf } from "/app.js";
import { actionOf as actionOf2, isTyped as isTyped2, useKeys as useKeys2 } from "/app.js";
import { Link as Link4, Status as Status3, Trouble as Trouble11, useTyped as useTyped2 } from "/app.js";
import { useAsking as useAsking5, useRest } from "/app.js";
import { columnOf as columnOf2, count as count6, instant as instant3, line as line11 } from "/app.js";
import { s as s11, say as say3 } from "/app.js";
import { Fragment as Fragment6, jsx as jsx14, jsxs as jsxs13 } from "/app.js";
var FACETS = [
  ["what", "in"],
  ["role", "role"],
  ["type", "type"],
  ["status", "status"],
  ["workspace", "workspace"],
  ["agent", "agent"],
  ["tag", "tag"]
], IN_ANSWER = { tag: "tags" }, HITS = 100;
function SearchScreen() {
  let { query } = address6.value, found = useMemo3(() => signal3(null), []), problem = useMemo3(() => signal3(null), []), isReading = useMemo3(() => signal3(!1), []), number = useMemo3(() => signal3(HITS), []), asked = searchOf(query), { box, sent } = useTyped2(asked.q ?? ""), key = JSON.stringify([asked, number.value]), asking2 = useAsking5(), read = () => {
    if (asking2.end(), isReading.value = !!asked.q, !asked.q) {
      found.value = null, problem.value = null;
      return;
    }
    asking2.ask(
      withQuery12("/search.json", { ...asked, n: number.peek() }),
      (answer2) => {
        found.value = answer2, problem.value = null, isReading.value = !1;
      },
      (refused) => {
        problem.value = refused, isReading.value = !1;
      }
    );
  };
  useLayoutEffect3(() => {
    matchMedia("(pointer: coarse)").matches || box.current?.focus();
  }, []), useEffect7(read, [key]), useKeys2((event) => {
    isTyped2(event) || actionOf2(event) !== "filter" || (event.preventDefault(), box.current?.select());
  }, []);
  let rest = useRest(), narrow = (name, value) => go7(withQuery12("/search", { ...searchOf(address6.peek().query), [name]: value }), "replace"), answer = found.value, groups = /* @__PURE__ */ new Map();
  for (let hit of answer?.rows ?? []) groups.set(hit.name.full, [...groups.get(hit.name.full) ?? [], hit]);
  let chosen = [...FACETS.map(([name]) => name), "session"].filter((name) => query.get(name));
  return /* @__PURE__ */ jsxs13("main", { class: "search-screen", "aria-busy": isReading.value, children: [
    /* @__PURE__ */ jsx14("h1", { class: "spoken", children: s11("Search") }),
    /* @__PURE__ */ jsxs13("div", { class: "filters", children: [
      /* @__PURE__ */ jsx14(
        "input",
        {
          ref: box,
          type: "search",
          class: "wide",
          placeholder: 'words, "a phrase", begin*, -without',
          "aria-label": s11("What to look for"),
          defaultValue: asked.q ?? "",
          onInput: (event) => {
            let text = event.currentTarget.value;
            rest(() => {
              sent.current = text, narrow("q", text);
            }, 200);
          },
          onKeyDown: (event) => {
            event.key === "Escape" && event.currentTarget.blur();
          }
        }
      ),
      answer !== null && /* @__PURE__ */ jsx14("strong", { class: "total", children: count6(answer.found, "hit") }),
      query.get("session") && /* @__PURE__ */ jsxs13("button", { type: "button", class: "chip", "aria-pressed": "true", onClick: () => narrow("session", null), children: [
        "only ",
        line11(query.get("session") ?? ""),
        " ✕"
      ] })
    ] }),
    problem.value !== null && /* @__PURE__ */ jsx14(Trouble11, { problem: problem.value, retry: read }),
    answer === null && problem.value === null && !asked.q && /* @__PURE__ */ jsxs13("div", { class: "empty", children: [
      /* @__PURE__ */ jsx14("p", { children: s11("Tasks, messages, outputs and names of agents are searched, in any language.") }),
      /* @__PURE__ */ jsxs13("p", { children: [
        /* @__PURE__ */ jsx14("code", { children: '"connection refused" -retry' }),
        " finds the phrase where nothing retries, ",
        /* @__PURE__ */ jsx14("code", { children: "hing*" }),
        " the beginning of words."
      ] })
    ] }),
    answer !== null && /* @__PURE__ */ jsxs13("div", { class: "found", children: [
      /* @__PURE__ */ jsx14("aside", { class: "rail", "aria-label": s11("Narrow the search"), tabIndex: 0, children: FACETS.map(([name, label]) => {
        let values = answer.facets[IN_ANSWER[name] ?? name] ?? [], is = query.get(name);
        return values.length < 2 && !is ? null : /* @__PURE__ */ jsxs13("div", { class: "facet", role: "group", "aria-label": say3(label), children: [
          /* @__PURE__ */ jsx14("span", { class: "facet-name", children: say3(label) }),
          (values.length === 0 && is ? [[is, 0]] : values.slice(0, 8)).map(([value, sum]) => /* @__PURE__ */ jsxs13(
            "button",
            {
              type: "button",
              class: name === "status" ? `chip ${columnOf2(value)}` : "chip",
              "aria-pressed": is === value,
              onClick: () => narrow(name, is === value ? null : value),
              children: [
                /* @__PURE__ */ jsx14("span", { class: "value", children: line11(value) || "none" }),
                " ",
                /* @__PURE__ */ jsx14("span", { class: "number dim", children: sum })
              ]
            },
            value
          ))
        ] }, name);
      }) }),
      /* @__PURE__ */ jsxs13("div", { class: `hits${isReading.value ? " old" : ""}`, tabIndex: 0, role: "region", "aria-label": s11("Hits"), children: [
        answer.rows.length === 0 && /* @__PURE__ */ jsxs13("div", { class: "empty", children: [
          /* @__PURE__ */ jsxs13("p", { children: [
            "Nothing is found",
            chosen.length > 0 ? ` with ${chosen.map((name) => `${name} ${line11(query.get(name) ?? "")}`).join(", ")}` : "",
            "."
          ] }),
          chosen.length > 0 && /* @__PURE__ */ jsx14("button", { type: "button", onClick: () => go7(withQuery12("/search", { q: asked.q ?? "" }), "replace"), children: s11("Search everywhere") })
        ] }),
        [...groups.values()].map((hits) => /* @__PURE__ */ jsx14(Group, { hits }, hits[0]?.name.full)),
        answer.rows.length < answer.found && answer.rows.length >= number.value && number.value < 500 && /* @__PURE__ */ jsx14("button", { type: "button", class: "more", onClick: () => number.value = Math.min(500, number.value * 2), children: "more hits" })
      ] })
    ] })
  ] });
}
function Group({ hits }) {
  let first = hits[0];
  return first === void 0 ? null : /* @__PURE__ */ jsxs13("section", { class: "group", "aria-label": s11("Session {}", line11(first.name.short)), children: [
    /* @__PURE__ */ jsxs13("h2", { children: [
      /* @__PURE__ */ jsx14(Link4, { to: sessionPath10(first.name.full), children: line11(first.name.short) }),
      /* @__PURE__ */ jsx14(Status3, { status: first.status }),
      /* @__PURE__ */ jsx14("span", { class: "dim type", children: line11(first.type) }),
      /* @__PURE__ */ jsx14("span", { class: "dim end", children: count6(hits.length, "hit") })
    ] }),
    hits.map((hit) => /* @__PURE__ */ jsxs13(Link4, { to: linkOf2(hit), class: "hit", children: [
      /* @__PURE__ */ jsxs13("span", { class: "number rev", children: [
        "r",
        hit.revision
      ] }),
      /* @__PURE__ */ jsx14("span", { class: "by", children: line11(hit.agent ?? hit.role ?? hit.what) }),
      /* @__PURE__ */ jsx14("span", { class: "snippet", children: /* @__PURE__ */ jsx14(Marked, { snippet: hit.snippet, isPruned: hit.is_pruned }) }),
      /* @__PURE__ */ jsx14("span", { class: "dim number when", children: instant3(hit.occurred_at / 1e3).slice(0, 16) })
    ] }, `${hit.position} ${hit.what}`))
  ] });
}
function linkOf2(hit) {
  return withQuery12(sessionPath10(hit.name.full), { at: `r${hit.revision}`, view: hit.what === "output" ? "output" : null });
}
function Marked({ snippet, isPruned }) {
  return isPruned ? /* @__PURE__ */ jsx14("em", { class: "dim", children: "pruned: an archive has it" }) : /* @__PURE__ */ jsx14(Fragment6, { children: snippet.map(([text, isFind], at) => isFind ? /* @__PURE__ */ jsx14("mark", { children: line11(text) }, at) : /* @__PURE__ */ jsx14("span", { children: line11(text) }, at)) });
}

// ui/sources.tsx
import { address as address7, go as go8, withQuery as withQuery13 } from "/app.js";
import { Trouble as Trouble12 } from "/app.js";
import { useAnswer as useAnswer4 } from "/app.js";
import { count as count7, instant as instant4, line as line12, size as size4 } from "/app.js";
import { s as s12, say as say4 } from "/app.js";
import { jsx as jsx15, jsxs as jsxs14 } from "/app.js";
function SourcesScreen() {
  let tool = address7.value.query.get("tool"), read = useAnswer4("/sources.json"), answer = read.value.value, rows = answer?.rows.filter((row) => tool === null || row.tool === tool) ?? [], tools = [...new Set(answer?.rows.map((row) => row.tool) ?? [])];
  return /* @__PURE__ */ jsxs14("main", { class: "sums-screen", "aria-busy": read.isReading.value, children: [
    /* @__PURE__ */ jsx15("h1", { class: "spoken", children: s12("Sources") }),
    /* @__PURE__ */ jsxs14("div", { class: "filters", children: [
      /* @__PURE__ */ jsx15("strong", { class: "total", children: answer === null ? "…" : count7(rows.length, "file") }),
      /* @__PURE__ */ jsx15("div", { class: "facet", role: "group", "aria-label": s12("tool"), children: tools.map((name) => /* @__PURE__ */ jsx15("button", { type: "button", class: "chip", "aria-pressed": tool === name, onClick: () => go8(withQuery13("/sources", { tool: tool === name ? null : name }), "replace"), children: line12(name) }, name)) }),
      answer !== null && answer.excluded > 0 && /* @__PURE__ */ jsx15("span", { class: "dim", children: s12("{} excluded: nothing of them is kept", count7(answer.excluded, "file")) })
    ] }),
    read.problem.value !== null && /* @__PURE__ */ jsx15(Trouble12, { problem: read.problem.value, retry: read.again }),
    answer !== null && rows.length === 0 && /* @__PURE__ */ jsxs14("p", { class: "empty", children: [
      s12("No files:"),
      " ",
      /* @__PURE__ */ jsx15("code", { children: "retold import" }),
      " ",
      s12("takes in what coding agents left on disk.")
    ] }),
    rows.length > 0 && // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    /* @__PURE__ */ jsx15("div", { class: "sums", tabIndex: 0, role: "region", "aria-label": s12("Files"), children: /* @__PURE__ */ jsxs14("table", { children: [
      /* @__PURE__ */ jsx15("thead", { children: /* @__PURE__ */ jsx15("tr", { children: ["tool", "file", "is", "size", "records", "skipped", "kept"].map((name, at) => /* @__PURE__ */ jsx15("th", { scope: "col", class: at > 2 ? "right" : "", children: say4(name) }, name)) }) }),
      /* @__PURE__ */ jsx15("tbody", { children: rows.map((row) => /* @__PURE__ */ jsxs14("tr", { children: [
        /* @__PURE__ */ jsx15("td", { children: line12(row.tool) }),
        /* @__PURE__ */ jsx15("th", { scope: "row", class: "mono file-name", children: line12(row.name) }),
        /* @__PURE__ */ jsx15("td", { children: line12(row.role) }),
        /* @__PURE__ */ jsx15("td", { class: "right number", children: size4(row.bytes) }),
        /* @__PURE__ */ jsx15("td", { class: "right number", children: row.records.toLocaleString("en") }),
        /* @__PURE__ */ jsx15("td", { class: `right number${row.skipped > 0 ? " minus" : ""}`, children: row.skipped === 0 ? "" : row.skipped.toLocaleString("en") }),
        /* @__PURE__ */ jsx15("td", { class: "right number", children: instant4(row.kept_at / 1e3).slice(0, 16) })
      ] }, `${row.tool} ${row.name}`)) })
    ] }) })
  ] });
}
export {
  BlamePane,
  BoardScreen,
  ChangeSheet,
  CompareScreen,
  DiffPane,
  DoneBar,
  Entrance,
  ExportSheet,
  FilesPane,
  FindChanges,
  GoTo,
  MetricsScreen,
  Palette,
  SearchScreen,
  SourcesScreen
};
