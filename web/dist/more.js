// from web/ui by web/build.mjs, sources 6921ab58d4c8cefd3214a079e42200502abbae27a5e54d46f81817a350b1c202

// ui/change.tsx
import { useSignal } from "/app.js";
import { useLayoutEffect, useRef } from "/app.js";
import { go, sessionPath, withQuery } from "/app.js";
import { Changes } from "/app.js";
import { asProblem, get } from "/app.js";
import { Sheet, Status, Tabs, Trouble } from "/app.js";
import { pointOf } from "/app.js";
import { useAnswer } from "/app.js";
import { COLUMNS, line, size, stretch } from "/app.js";
import { t } from "/app.js";
import { change, changing, drawKey, failed, mark, marks, setStatus } from "/app.js";
import { Fragment, jsx, jsxs } from "/app.js";
function ChangeSheet() {
  let open = changing.value, problem = useSignal(null), key = useRef(drawKey()), opening = useRef({}), close = () => {
    changing.value = null;
  }, session = open?.subject.name.full;
  if (useLayoutEffect(() => {
    opening.current = {};
  }, [session]), useLayoutEffect(() => {
    problem.value = null, key.current = drawKey();
  }, [session, open?.part]), open === null) return null;
  let { subject, part } = open, words = t(), isPast = subject.more !== void 0 && subject.more.at < subject.revision, parts = isPast ? [] : [
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
        let refused = asProblem(error), still = changing.peek();
        if (still === null || from !== opening.current) {
          failed.value = refused;
          return;
        }
        problem.value = refused, key.current = drawKey();
        let { now } = refused;
        now?.revision !== void 0 && (changing.value = { ...still, subject: { ...still.subject, revision: now.revision } });
      }
    );
  } };
  return /* @__PURE__ */ jsxs(Sheet, { title: words.changeSession, close, isWide: part === "winner", children: [
    /* @__PURE__ */ jsxs("p", { class: "dim subject-of", children: [
      /* @__PURE__ */ jsx("span", { class: "id", children: line(subject.name.short) }),
      " ",
      line(subject.task)
    ] }),
    /* @__PURE__ */ jsx(Tabs, { label: words.whatToChange, tabs: parts, chosen: part, choose: (chosen) => changing.value = { subject, part: chosen } }),
    /* @__PURE__ */ jsxs("div", { class: "change-part", role: "tabpanel", "aria-label": parts.find(([name]) => name === part)?.[1], children: [
      part === "status" && /* @__PURE__ */ jsx(StatusPart, { ...doing }),
      part === "tags" && /* @__PURE__ */ jsx(TagsPart, { ...doing }),
      part === "winner" && /* @__PURE__ */ jsx(WinnerPart, { ...doing }),
      part === "mark" && /* @__PURE__ */ jsx(MarkPart, { ...doing }),
      part === "fork" && /* @__PURE__ */ jsx(ForkPart, { ...doing }),
      part === "revert" && /* @__PURE__ */ jsx(RevertPart, { ...doing }, `${subject.revision} ${subject.more?.at}`)
    ] }),
    problem.value !== null && /* @__PURE__ */ jsx(Trouble, { problem: problem.value })
  ] });
}
function textOf(form, name) {
  let text = new FormData(form).get(name);
  return typeof text == "string" ? text.trim() : "";
}
function StatusPart({ subject, run }) {
  let statuses = COLUMNS.map(({ column }) => column).filter((column) => column !== "other");
  return /* @__PURE__ */ jsxs(
    "form",
    {
      onSubmit: (event) => {
        event.preventDefault();
        let to = textOf(event.currentTarget, "status");
        to !== "" && run((key) => setStatus(subject, to, key));
      },
      children: [
        /* @__PURE__ */ jsxs("p", { children: [
          t().itIs,
          " ",
          /* @__PURE__ */ jsx(Status, { status: subject.status })
        ] }),
        /* @__PURE__ */ jsx("div", { class: "choose", role: "group", "aria-label": t().status, children: statuses.map((status) => /* @__PURE__ */ jsx("button", { type: "button", disabled: status === subject.status, onClick: () => run((key) => setStatus(subject, status, key)), children: /* @__PURE__ */ jsx(Status, { status }) }, status)) }),
        /* @__PURE__ */ jsxs("label", { children: [
          /* @__PURE__ */ jsx("span", { children: t().anotherStatus }),
          /* @__PURE__ */ jsx("input", { name: "status", type: "text", maxLength: 60, autocomplete: "off", spellcheck: !1, placeholder: "round_2" })
        ] }),
        /* @__PURE__ */ jsx("button", { type: "submit", children: t().set })
      ]
    }
  );
}
function TagsPart({ subject, run }) {
  let { name, revision, tags } = subject, set = (add, remove) => run(
    (key) => change(name, "tags", { expect: revision, add, remove }, key, t().tagged(name.short, [...add.map((tag) => `+${tag}`), ...remove.map((tag) => `−${tag}`)].join(" ")))
  );
  return /* @__PURE__ */ jsxs(
    "form",
    {
      onSubmit: (event) => {
        event.preventDefault();
        let add = textOf(event.currentTarget, "tag").split(/[\s,]+/).filter((tag) => tag !== "");
        add.length > 0 && set(add, []);
      },
      children: [
        /* @__PURE__ */ jsxs("div", { class: "choose", children: [
          tags.length === 0 && /* @__PURE__ */ jsx("span", { class: "dim", children: t().noTags }),
          tags.map((tag) => /* @__PURE__ */ jsxs("button", { type: "button", class: "tag", "aria-label": t().removeTag(line(tag)), onClick: () => set([], [tag]), children: [
            line(tag),
            " ",
            /* @__PURE__ */ jsx("span", { "aria-hidden": "true", children: "✕" })
          ] }, tag))
        ] }),
        /* @__PURE__ */ jsxs("label", { children: [
          /* @__PURE__ */ jsx("span", { children: t().addTags }),
          /* @__PURE__ */ jsx("input", { name: "tag", type: "text", autocomplete: "off", spellcheck: !1, placeholder: "wip" })
        ] }),
        /* @__PURE__ */ jsx("button", { type: "submit", children: t().add })
      ]
    }
  );
}
function WinnerPart({ subject, run }) {
  let words = t(), candidates = subject.more?.candidates ?? [], winner = subject.more?.winner ?? null, facts = [
    [words.duration, ({ minutes }) => minutes, (value) => stretch(value * 6e4), !0],
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
  return /* @__PURE__ */ jsxs(Fragment, { children: [
    /* @__PURE__ */ jsx("div", { class: "scrolls-across", tabIndex: 0, role: "region", "aria-label": words.candidates, children: /* @__PURE__ */ jsxs("table", { class: "candidates", children: [
      /* @__PURE__ */ jsx("thead", { children: /* @__PURE__ */ jsxs("tr", { children: [
        /* @__PURE__ */ jsx("td", {}),
        candidates.map(({ number, agent }, at) => /* @__PURE__ */ jsxs("th", { scope: "col", children: [
          /* @__PURE__ */ jsxs("span", { class: "agent", children: [
            "#",
            number
          ] }),
          " ",
          line(agent),
          at === first && /* @__PURE__ */ jsx("span", { class: "winner", children: words.winner })
        ] }, at))
      ] }) }),
      /* @__PURE__ */ jsxs("tbody", { children: [
        /* @__PURE__ */ jsxs("tr", { children: [
          /* @__PURE__ */ jsx("th", { scope: "row", children: words.status }),
          candidates.map(({ status }, at) => /* @__PURE__ */ jsx("td", { children: /* @__PURE__ */ jsx(Status, { status }) }, at))
        ] }),
        /* @__PURE__ */ jsxs("tr", { children: [
          /* @__PURE__ */ jsx("th", { scope: "row", children: words.runtime }),
          candidates.map(({ runtime }, at) => /* @__PURE__ */ jsx("td", { children: runtime === "" ? /* @__PURE__ */ jsx("span", { class: "dim", children: words.unknown }) : line(runtime) }, at))
        ] }),
        facts.map(([name, of, show, isLessBetter]) => {
          let known = candidates.map(of).filter((value) => value !== null), best = isLessBetter === !0 && known.length > 1 ? Math.min(...known) : null;
          return /* @__PURE__ */ jsxs("tr", { children: [
            /* @__PURE__ */ jsx("th", { scope: "row", children: name }),
            candidates.map((candidate, at) => {
              let value = of(candidate);
              return /* @__PURE__ */ jsxs("td", { class: "number", children: [
                value === null ? /* @__PURE__ */ jsx("span", { class: "dim", children: words.unknown }) : show(value),
                value !== null && value === best && /* @__PURE__ */ jsxs("span", { class: "best", children: [
                  " ",
                  words.shortest
                ] })
              ] }, at);
            })
          ] }, name);
        }),
        /* @__PURE__ */ jsxs("tr", { children: [
          /* @__PURE__ */ jsx("td", {}),
          candidates.map(({ number }, at) => /* @__PURE__ */ jsx("td", { children: /* @__PURE__ */ jsxs("button", { type: "button", disabled: at === first || !isChoosable(at), onClick: () => choose(number), children: [
            words.choose,
            " #",
            number
          ] }) }, at))
        ] })
      ] })
    ] }) }),
    /* @__PURE__ */ jsx("p", { class: "dim", children: words.winnerNote }),
    winner !== null && /* @__PURE__ */ jsx("button", { type: "button", onClick: () => choose(null), children: words.takeChoiceBack })
  ] });
}
function MarkPart({ subject, run }) {
  let { at, position } = subject.more ?? { at: 0, position: null }, positionOf = async () => position ?? (await get(sessionPath(subject.name.full, `/events/${at}.json`))).event.position;
  return /* @__PURE__ */ jsxs(
    "form",
    {
      onSubmit: (event) => {
        event.preventDefault();
        let name = textOf(event.currentTarget, "name");
        name !== "" && run(async (key) => mark(name, await positionOf(), !1, key));
      },
      children: [
        /* @__PURE__ */ jsx("p", { children: t().markNote(`r${at}`) }),
        /* @__PURE__ */ jsxs("label", { children: [
          /* @__PURE__ */ jsx("span", { children: t().name }),
          /* @__PURE__ */ jsx("input", { name: "name", type: "text", maxLength: 100, autocomplete: "off", spellcheck: !1, placeholder: "before-merge" })
        ] }),
        /* @__PURE__ */ jsx("button", { type: "submit", children: t().mark }),
        marks.value.length > 0 && /* @__PURE__ */ jsx("div", { class: "choose", children: marks.value.map(({ name }) => /* @__PURE__ */ jsxs("button", { type: "button", "aria-label": t().removeMark(line(name)), onClick: () => run((key) => mark(name, null, !0, key)), children: [
          line(name),
          " ",
          /* @__PURE__ */ jsx("span", { "aria-hidden": "true", children: "✕" })
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
  return happened === null ? null : /* @__PURE__ */ jsx("strong", { class: "corrected", children: t().withCorrections(happened.corrections) });
}
function ForkPart({ subject, run }) {
  let { name, more } = subject, at = more?.at ?? subject.revision;
  return /* @__PURE__ */ jsxs(
    "form",
    {
      onSubmit: (event) => {
        event.preventDefault();
        let id = textOf(event.currentTarget, "id");
        run(
          (key) => change(name, "fork", { at, ...happenedBy(more), ...id === "" ? {} : { id } }, key, t().forked(name.short, `r${at}`)),
          ({ session }) => {
            session !== void 0 && go(sessionPath(session.full));
          }
        );
      },
      children: [
        /* @__PURE__ */ jsxs("p", { children: [
          t().forkNote(`r${at}`),
          " ",
          /* @__PURE__ */ jsx(Corrected, { subject })
        ] }),
        /* @__PURE__ */ jsxs("label", { children: [
          /* @__PURE__ */ jsx("span", { children: t().newId }),
          /* @__PURE__ */ jsx("input", { name: "id", type: "text", maxLength: 200, autocomplete: "off", spellcheck: !1 })
        ] }),
        /* @__PURE__ */ jsx("button", { type: "submit", children: t().forkHere(`r${at}`) })
      ]
    }
  );
}
var SHOWN_MAX = 100;
function RevertPart({ subject, run }) {
  let { name, revision, more } = subject, at = more?.at ?? revision, read = useAnswer(withQuery(sessionPath(name.full, "/diff.json"), { base: `r${revision}`, at: pointAt(more, at) })), rows = read.value.value?.rows;
  return /* @__PURE__ */ jsxs(Fragment, { children: [
    /* @__PURE__ */ jsxs("p", { children: [
      t().revertNote(`r${at}`),
      " ",
      /* @__PURE__ */ jsx(Corrected, { subject })
    ] }),
    read.problem.value !== null ? /* @__PURE__ */ jsx(Trouble, { problem: read.problem.value, retry: read.again }) : rows === void 0 ? /* @__PURE__ */ jsx("p", { class: "dim", "aria-busy": "true", children: "…" }) : rows.length === 0 ? /* @__PURE__ */ jsx("p", { children: t().isSoAlready }) : /* @__PURE__ */ jsxs("div", { class: "diff would-change", children: [
      /* @__PURE__ */ jsx(Changes, { rows: rows.slice(0, SHOWN_MAX) }),
      rows.length > SHOWN_MAX && /* @__PURE__ */ jsx("p", { class: "more", children: t().more(rows.length - SHOWN_MAX) })
    ] }),
    /* @__PURE__ */ jsx(
      "button",
      {
        type: "button",
        disabled: rows === void 0 || rows.length === 0,
        onClick: () => run((key) => change(name, "revert", { expect: revision, to: at, ...happenedBy(more) }, key, t().reverted(name.short, `r${at}`))),
        children: t().revertHere(`r${at}`)
      }
    )
  ] });
}

// ui/compare.tsx
import { useSignal as useSignal2 } from "/app.js";
import { address as address2, go as go3, sessionPath as sessionPath2, withQuery as withQuery3 } from "/app.js";

// ui/momentbar.tsx
import { useLayoutEffect as useLayoutEffect2, useMemo } from "/app.js";
import { address, go as go2, withQuery as withQuery2 } from "/app.js";
import { LogBar } from "/app.js";
import { Past } from "/app.js";
import { jsx as jsx2 } from "/app.js";
function clockOf(query) {
  return query.get("clock") === "recorded" || /^\d+$/.test(query.get("at") ?? "") ? "recorded" : "occurred";
}
function MomentBar({ path, query, isByTime }) {
  let asked = address.value.query, at = asked.get("at"), clock = isByTime === !0 ? "occurred" : clockOf(asked), past = useMemo(() => {
    let past2 = new Past();
    return past2.clock.value = clock, past2;
  }, []);
  useLayoutEffect2(() => {
    past.folded = null, past.clock.value = clock, past.at.value = at === null ? null : past.keyOf(at);
  }, [past, at, clock]);
  let queryOf = (clock2) => ({ ...query, clock: clock2 === "recorded" ? clock2 : null }), choose = (chosen, at2) => go2(withQuery2(path, { ...queryOf(chosen), at: at2 }), "replace");
  return /* @__PURE__ */ jsx2(LogBar, { past, path, query: queryOf(clock), choose, isByTime: isByTime ?? !1 });
}

// ui/compare.tsx
import { Link, Status as Status2, Trouble as Trouble2, useTyped } from "/app.js";
import { useAnswer as useAnswer2 } from "/app.js";
import { count, line as line2 } from "/app.js";
import { s } from "/app.js";
import { Fragment as Fragment2, jsx as jsx3, jsxs as jsxs2 } from "/app.js";
function CompareScreen() {
  let { query } = address2.value, [a, b] = [query.get("a"), query.get("b")], [one, other] = [useTyped(a ?? ""), useTyped(b ?? "")], read = useAnswer2(a !== null && b !== null ? withQuery3("/compare.json", { a, b, at: query.get("at") }) : null), answer = read.value.value;
  return /* @__PURE__ */ jsxs2("main", { class: "compare-screen", "aria-busy": read.isReading.value, children: [
    /* @__PURE__ */ jsx3("h1", { class: "spoken", children: s("Compare") }),
    /* @__PURE__ */ jsxs2(
      "form",
      {
        class: "filters",
        onSubmit: (event) => {
          event.preventDefault();
          let form = new FormData(event.currentTarget);
          go3(withQuery3("/compare", { a: String(form.get("a") ?? ""), b: String(form.get("b") ?? ""), at: query.get("at") }));
        },
        children: [
          /* @__PURE__ */ jsx3("input", { name: "a", type: "text", placeholder: s("a session"), "aria-label": s("The first session"), ref: one.box, defaultValue: a ?? "", autocomplete: "off", spellcheck: !1 }),
          /* @__PURE__ */ jsx3(
            "input",
            {
              name: "b",
              type: "text",
              placeholder: s("another one"),
              "aria-label": s("The second session"),
              ref: other.box,
              defaultValue: b ?? "",
              autocomplete: "off",
              spellcheck: !1
            }
          ),
          /* @__PURE__ */ jsx3("button", { type: "submit", children: s("Compare") })
        ]
      }
    ),
    read.problem.value !== null && /* @__PURE__ */ jsx3(Trouble2, { problem: read.problem.value, retry: read.again }),
    a === null || b === null ? /* @__PURE__ */ jsx3("p", { class: "empty", children: s("Name two sessions; in the list, the key v marks them.") }) : answer === null ? read.problem.value === null && /* @__PURE__ */ jsx3("p", { class: "empty", children: "…" }) : /* @__PURE__ */ jsx3(Both, { answer, at: query.get("at") }),
    a !== null && b !== null && /* @__PURE__ */ jsx3(MomentBar, { path: "/compare", query: { a, b } })
  ] });
}
function Both({ answer, at }) {
  let first = answer.rows.findIndex((row) => !row.is_same), same = first < 0 ? answer.rows.length : first;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    /* @__PURE__ */ jsxs2("div", { class: "both", tabIndex: 0, role: "region", "aria-label": s("Two sessions"), children: [
      /* @__PURE__ */ jsx3("div", { class: "pair heads-of", children: [answer.left, answer.right].map((side, nth) => /* @__PURE__ */ jsxs2("div", { children: [
        /* @__PURE__ */ jsx3(Link, { to: withQuery3(sessionPath2(side.name.full), { at: at === null ? null : `r${side.revision}` }), class: "id", children: line2(side.name.short) }),
        " ",
        /* @__PURE__ */ jsx3(Status2, { status: side.status }),
        /* @__PURE__ */ jsx3("h2", { children: line2(side.task) || s("no task") }),
        /* @__PURE__ */ jsxs2("span", { class: "dim", children: [
          count(side.agents, "agent"),
          " · ",
          count(side.messages, "message"),
          " · r",
          side.revision
        ] })
      ] }, nth)) }),
      /* @__PURE__ */ jsxs2("p", { class: "parted", role: "status", children: [
        answer.divergence === null ? s("They do not part: nothing differs.") : s("They part at {}", line2(answer.divergence)),
        answer.divergence !== null && same > 0 && s(first < 0 && answer.is_cut ? ", after more than {} in common" : ", after {} in common", count(same, "message"))
      ] }),
      answer.own.map((row) => /* @__PURE__ */ jsxs2("div", { class: "pair differs", children: [
        /* @__PURE__ */ jsx3("span", { class: "place", children: line2(row.place) }),
        /* @__PURE__ */ jsx3("div", { children: line2(row.left) }),
        /* @__PURE__ */ jsx3("div", { children: line2(row.right) })
      ] }, row.place)),
      answer.agents.filter((row) => !row.is_same).map((row) => /* @__PURE__ */ jsxs2("div", { class: "pair differs", children: [
        /* @__PURE__ */ jsxs2("span", { class: "place", children: [
          line2(row.place),
          " ",
          /* @__PURE__ */ jsx3("span", { class: "dim", children: row.differ.map(line2).join(", ") })
        ] }),
        /* @__PURE__ */ jsx3("div", { children: row.left === null ? /* @__PURE__ */ jsx3("span", { class: "dim", children: s("not there") }) : line2(row.left) }),
        /* @__PURE__ */ jsx3("div", { children: row.right === null ? /* @__PURE__ */ jsx3("span", { class: "dim", children: s("not there") }) : line2(row.right) })
      ] }, row.place)),
      runs(answer.rows).map(
        (run) => run[0]?.is_same === !0 && run.length > 2 ? /* @__PURE__ */ jsx3(Equal, { rows: run, answer }, `${run[0].left?.revision}`) : run.map((row) => /* @__PURE__ */ jsx3(Pair, { row, answer, isFirst: row === answer.rows[first] }, `${row.left?.revision} ${row.right?.revision}`))
      ),
      answer.is_cut && /* @__PURE__ */ jsx3("p", { class: "dim", children: s("Only the first {} of messages are shown; all were compared.", count(answer.rows.length, "row")) })
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
  let isOpen = useSignal2(!1);
  return /* @__PURE__ */ jsxs2(Fragment2, { children: [
    /* @__PURE__ */ jsxs2("button", { type: "button", class: "equal", "aria-expanded": isOpen.value, onClick: () => isOpen.value = !isOpen.value, children: [
      count(rows.length, "equal message"),
      " ",
      isOpen.value ? "▾" : "▸"
    ] }),
    isOpen.value && rows.map((row) => /* @__PURE__ */ jsx3(Pair, { row, answer, isFirst: !1 }, `${row.left?.revision}`))
  ] });
}
function Pair({ row, answer, isFirst }) {
  let side = (said, of) => said === null ? /* @__PURE__ */ jsx3("div", { class: "dim", children: s("nothing") }) : /* @__PURE__ */ jsxs2("div", { children: [
    /* @__PURE__ */ jsxs2(Link, { to: withQuery3(sessionPath2(of.name.full), { at: `r${said.revision}` }), class: "number", children: [
      "r",
      said.revision
    ] }),
    " ",
    line2(said.text)
  ] });
  return /* @__PURE__ */ jsxs2("div", { class: `pair${row.is_same ? "" : " differs"}${isFirst ? " first" : ""}`, children: [
    isFirst && /* @__PURE__ */ jsx3("span", { class: "place", children: s("here they part") }),
    side(row.left, answer.left),
    side(row.right, answer.right)
  ] });
}

// ui/metrics.tsx
import { address as address3, go as go4, sessionPath as sessionPath3, withQuery as withQuery4 } from "/app.js";
import { Link as Link2, Tabs as Tabs2, Trouble as Trouble3 } from "/app.js";
import { useAnswer as useAnswer3 } from "/app.js";
import { count as count2, line as line3, size as size2, stretch as stretch2 } from "/app.js";
import { dollars, tokens } from "/app.js";
import { s as s2, say } from "/app.js";
import { Fragment as Fragment3, jsx as jsx4, jsxs as jsxs3 } from "/app.js";
var WHAT = [
  ["sessions", "Sessions"],
  ["usage", "Tokens and cost"]
], BY = {
  sessions: ["day", "type", "runtime", "agent"],
  usage: ["day", "week", "month", "model", "project", "session", "tool", "agent"]
};
function MetricsScreen() {
  let { query } = address3.value, what = query.get("what") === "usage" ? "usage" : "sessions", by = BY[what].includes(query.get("by") ?? "") ? query.get("by") ?? "day" : "day", at = query.get("at"), clock = what === "sessions" && clockOf(query) === "recorded" ? "recorded" : null, choices = BY[what].filter((name) => what === "usage" || at === null || !["agent", "runtime"].includes(name)), show = (changed) => go4(withQuery4("/metrics", { what: what === "usage" ? "usage" : null, by: by === "day" ? null : by, at, clock, ...changed }), "replace");
  return /* @__PURE__ */ jsxs3("main", { class: "sums-screen", children: [
    /* @__PURE__ */ jsx4("h1", { class: "spoken", children: s2("Metrics") }),
    /* @__PURE__ */ jsxs3("div", { class: "filters", children: [
      /* @__PURE__ */ jsx4(
        Tabs2,
        {
          label: s2("Which figures"),
          tabs: WHAT,
          chosen: what,
          choose: (chosen) => show({ what: chosen === "usage" ? "usage" : null, by: null, at: clock === null ? at : null, clock: null })
        }
      ),
      /* @__PURE__ */ jsxs3("div", { class: "facet", role: "group", "aria-label": s2("By what"), children: [
        /* @__PURE__ */ jsx4("span", { class: "facet-name", children: s2("by") }),
        choices.map((name) => /* @__PURE__ */ jsx4("button", { type: "button", class: "chip", "aria-pressed": name === by, onClick: () => show({ by: name === "day" ? null : name }), children: say(name) }, name))
      ] })
    ] }),
    what === "usage" ? /* @__PURE__ */ jsx4(UsageTable, { by, at }) : /* @__PURE__ */ jsx4(MetricsTable, { by: choices.includes(by) ? by : "day", at, clock }),
    /* @__PURE__ */ jsx4(MomentBar, { path: "/metrics", query: { what: what === "usage" ? "usage" : null, by: by === "day" ? null : by }, isByTime: what === "usage" })
  ] });
}
function Bar({ part, children }) {
  return /* @__PURE__ */ jsxs3("td", { class: "right number barred", children: [
    children,
    /* @__PURE__ */ jsx4("span", { class: "bar-of", "aria-hidden": "true", style: { width: `${(Math.max(0, Math.min(1, part)) * 100).toFixed(1)}%` } })
  ] });
}
function figure(column, value) {
  return value === null ? "" : typeof value != "number" ? line3(String(value)) : /bytes/.test(column) ? size2(value) : /seconds/.test(column) ? stretch2(value * 1e3) : value.toLocaleString("en", { maximumFractionDigits: 1 });
}
var names = {
  seconds_avg: "average",
  active_seconds: "active",
  output_bytes: "output",
  bytes_per_hour: "output per hour",
  per_hour: "messages per hour"
};
function MetricsTable({ by, at, clock }) {
  let read = useAnswer3(withQuery4("/metrics.json", { by, at, clock: clock ?? "occurred" })), answer = read.value.value;
  if (read.problem.value !== null) return /* @__PURE__ */ jsx4(Trouble3, { problem: read.problem.value, retry: read.again });
  if (answer === null) return /* @__PURE__ */ jsx4("p", { class: "empty", children: "…" });
  if (answer.rows.length === 0) return /* @__PURE__ */ jsx4("p", { class: "empty", children: s2("There is nothing to sum up yet.") });
  let most = answer.columns.map((_, at2) => Math.max(1, ...answer.rows.map((row) => typeof row[at2] == "number" ? row[at2] : 0)));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    /* @__PURE__ */ jsx4("div", { class: "sums", tabIndex: 0, role: "region", "aria-label": s2("Sessions by {}", say(by)), "aria-busy": read.isReading.value, children: /* @__PURE__ */ jsxs3("table", { children: [
      /* @__PURE__ */ jsx4("thead", { children: /* @__PURE__ */ jsx4("tr", { children: answer.columns.map((column, at2) => /* @__PURE__ */ jsx4("th", { scope: "col", class: at2 === 0 ? "" : "right", children: line3(say(names[column] ?? column.replaceAll("_", " "))) }, column)) }) }),
      /* @__PURE__ */ jsx4("tbody", { children: answer.rows.map((row, nth) => /* @__PURE__ */ jsx4("tr", { children: row.map(
        (value, at2) => at2 === 0 ? /* @__PURE__ */ jsx4("th", { scope: "row", children: figure("", value) || s2("unknown") }, at2) : typeof value == "number" ? /* @__PURE__ */ jsx4(Bar, { part: value / (most[at2] ?? 1), children: figure(answer.columns[at2] ?? "", value) }, at2) : /* @__PURE__ */ jsx4("td", { class: "right number", children: figure(answer.columns[at2] ?? "", value) }, at2)
      ) }, nth)) })
    ] }) })
  );
}
function costOf(used) {
  return used.micros === null ? s2("unknown") : `${dollars(used.micros)}${used.records_without_cost > 0 ? " +" : ""}`;
}
function UsageTable({ by, at }) {
  let read = useAnswer3(withQuery4("/usage.json", { by, at })), answer = read.value.value;
  if (read.problem.value !== null) return /* @__PURE__ */ jsx4(Trouble3, { problem: read.problem.value, retry: read.again });
  if (answer === null) return /* @__PURE__ */ jsx4("p", { class: "empty", children: "…" });
  if (answer.rows.length === 0)
    return /* @__PURE__ */ jsxs3("p", { class: "empty", children: [
      s2("No usage is known:"),
      " ",
      /* @__PURE__ */ jsx4("code", { children: "retold import" }),
      " ",
      s2("takes in what coding agents left on disk.")
    ] });
  let most = Math.max(1, ...answer.rows.map((row) => row.micros ?? 0)), cells = (row) => /* @__PURE__ */ jsxs3(Fragment3, { children: [
    /* @__PURE__ */ jsx4("td", { class: "right number", children: row.sessions.toLocaleString("en") }),
    /* @__PURE__ */ jsx4("td", { class: "right number", children: tokens(row.input) }),
    /* @__PURE__ */ jsx4("td", { class: "right number", children: tokens(row.cache_read) }),
    /* @__PURE__ */ jsx4("td", { class: "right number", children: tokens(row.cache_write) }),
    /* @__PURE__ */ jsx4("td", { class: "right number", children: tokens(row.output) })
  ] });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    /* @__PURE__ */ jsxs3("div", { class: "sums", tabIndex: 0, role: "region", "aria-label": s2("Usage by {}", say(by)), "aria-busy": read.isReading.value, children: [
      /* @__PURE__ */ jsxs3("table", { children: [
        /* @__PURE__ */ jsx4("thead", { children: /* @__PURE__ */ jsx4("tr", { children: [by, "sessions", "input", "from cache", "to cache", "output", "cost"].map((name, at2) => /* @__PURE__ */ jsx4("th", { scope: "col", class: at2 === 0 ? "" : "right", children: say(name) }, name)) }) }),
        /* @__PURE__ */ jsx4("tbody", { children: answer.rows.map((row, nth) => /* @__PURE__ */ jsxs3("tr", { children: [
          /* @__PURE__ */ jsx4("th", { scope: "row", children: by === "session" && row.key !== null && row.tool !== null ? /* @__PURE__ */ jsx4(Link2, { to: sessionPath3(`${row.tool}/${row.key}`), children: line3(row.title ?? row.key) }) : line3(row.key ?? s2("unknown")) }),
          cells(row),
          /* @__PURE__ */ jsx4(Bar, { part: (row.micros ?? 0) / most, children: costOf(row) })
        ] }, nth)) }),
        /* @__PURE__ */ jsx4("tfoot", { children: /* @__PURE__ */ jsxs3("tr", { children: [
          /* @__PURE__ */ jsx4("th", { scope: "row", children: s2("total") }),
          cells(answer.total),
          /* @__PURE__ */ jsx4("td", { class: "right number", children: costOf(answer.total) })
        ] }) })
      ] }),
      /* @__PURE__ */ jsxs3("p", { class: "dim about", children: [
        s2("At the list prices of the models' providers, whatever was paid."),
        answer.total.records_without_cost > 0 && ` + leaves out ${count2(answer.total.records_without_cost, "record")} without a known price${answer.without_cost.length > 0 ? `: ${answer.without_cost.slice(0, 4).map(line3).join(", ")}` : ""}.`,
        answer.total.partial > 0 && ` Of ${count2(answer.total.partial, "session")} the tool recorded a part alone.`
      ] })
    ] })
  );
}

// ui/palette.tsx
import { useSignal as useSignal3 } from "/app.js";
import { useEffect, useRef as useRef2 } from "/app.js";
import { go as go5, sessionPath as sessionPath4, withQuery as withQuery5 } from "/app.js";
import { keysNow, nameOf } from "/app.js";
import { Sheet as Sheet2 } from "/app.js";
import { useAsking } from "/app.js";
import { line as line4 } from "/app.js";
import { s as s3, say as say2 } from "/app.js";
import { jsx as jsx5, jsxs as jsxs4 } from "/app.js";
var SCREENS = [
  ["/board", "Board"],
  ["/sessions", "Sessions"],
  ["/search", "Search"],
  ["/metrics", "Metrics"],
  ["/metrics?what=usage", "Tokens and cost"],
  ["/compare", "Compare two sessions"],
  ["/sources", "Sources"]
], CHOICES_MAX = 12;
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
  let text = useSignal3(""), found = useSignal3({ of: "", rows: [] }), chosen = useSignal3(0), list = useRef2(null), asking = useAsking();
  useEffect(() => {
    let asked2 = text.value.trim(), wait = setTimeout(
      () => asking.ask(
        withQuery5("/sessions.json", { q: asked2, n: 6 }),
        ({ rows }) => {
          found.value = { of: asked2, rows };
        },
        () => {
        }
      ),
      asked2 === "" ? 0 : 80
    );
    return () => {
      asking.end(), clearTimeout(wait);
    };
  }, [text.value]);
  let asked = text.value.trim(), sessions = found.value.of === asked ? found.value.rows : [], press = (key) => {
    let isShifted = key.startsWith("Shift+");
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: key.replace("Shift+", ""), shiftKey: isShifted, bubbles: !0, cancelable: !0 }));
  }, fitting = [
    ...SCREENS.map(([path, name]) => ({ what: "screen", name: s3(name), hint: "", run: () => go5(path) })),
    ...keysNow().map(([, binding]) => binding).filter((binding) => binding.keys.length < 9 && (binding.screens === "all" || binding.screens === "session" === isOfSession)).map((binding) => ({ what: "key", name: s3(binding.about), hint: nameOf(binding.keys[0] ?? ""), run: () => press(binding.keys[0] ?? "") }))
  ].map((choice) => [fit(asked, choice.name), choice]).filter(([gaps]) => gaps < 30).sort(([a], [b]) => a - b).map(([, choice]) => choice), choices = [
    ...sessions.map((row) => ({
      what: "session",
      name: line4(row.task) || s3("no task"),
      hint: line4(row.name.short),
      run: () => go5(sessionPath4(row.name.full))
    })),
    ...fitting,
    ...asked === "" ? [] : [{ what: "search", name: s3("everywhere for “{}”", line4(asked)), hint: "retold search", run: () => go5(withQuery5("/search", { q: asked })) }]
  ].slice(0, asked === "" ? CHOICES_MAX : CHOICES_MAX + 4), at = Math.min(chosen.value, choices.length - 1);
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at]);
  let run = (choice) => {
    choice !== void 0 && (close(), setTimeout(choice.run, 0));
  };
  return /* @__PURE__ */ jsxs4(Sheet2, { title: s3("Find or do"), close, children: [
    /* @__PURE__ */ jsx5(
      "input",
      {
        type: "text",
        class: "wide",
        role: "combobox",
        "aria-expanded": "true",
        "aria-controls": "choices",
        "aria-activedescendant": at < 0 ? void 0 : `choice-${at}`,
        "aria-label": s3("A session, a screen, or what to do"),
        placeholder: s3("a session, a screen, or what to do"),
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
    /* @__PURE__ */ jsx5("div", { class: "choices", id: "choices", role: "listbox", "aria-label": s3("Choices"), ref: list, children: choices.map((choice, nth) => (
      // biome-ignore lint/a11y/useKeyWithClickEvents: the box above takes the keys
      // biome-ignore lint/a11y/useFocusableInteractive: the box above has the focus
      /* @__PURE__ */ jsxs4("div", { id: `choice-${nth}`, role: "option", "aria-selected": nth === at, onClick: () => run(choice), children: [
        /* @__PURE__ */ jsx5("span", { class: "dim what", children: say2(choice.what) }),
        /* @__PURE__ */ jsx5("span", { class: "name", children: choice.name }),
        choice.hint !== "" && /* @__PURE__ */ jsx5("kbd", { children: choice.hint })
      ] }, `${choice.what} ${choice.name} ${choice.hint}`)
    )) })
  ] });
}

// ui/search.tsx
import { signal } from "/app.js";
import { useEffect as useEffect2, useLayoutEffect as useLayoutEffect3, useMemo as useMemo2 } from "/app.js";
import { address as address4, go as go6, sessionPath as sessionPath5, withQuery as withQuery6 } from "/app.js";
import { searchOf } from "/app.js";
import { actionOf, isTyped } from "/app.js";
import { Link as Link3, Status as Status3, Trouble as Trouble4, useTyped as useTyped2 } from "/app.js";
import { useAsking as useAsking2, useRest } from "/app.js";
import { columnOf, count as count3, instant, line as line5 } from "/app.js";
import { s as s4, say as say3 } from "/app.js";
import { Fragment as Fragment4, jsx as jsx6, jsxs as jsxs5 } from "/app.js";
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
  let { query } = address4.value, found = useMemo2(() => signal(null), []), problem = useMemo2(() => signal(null), []), isReading = useMemo2(() => signal(!1), []), number = useMemo2(() => signal(HITS), []), asked = searchOf(query), { box, sent } = useTyped2(asked.q ?? ""), key = JSON.stringify([asked, number.value]), asking = useAsking2(), read = () => {
    if (asking.end(), isReading.value = !!asked.q, !asked.q) {
      found.value = null, problem.value = null;
      return;
    }
    asking.ask(
      withQuery6("/search.json", { ...asked, n: number.peek() }),
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
  }, []), useEffect2(read, [key]), useEffect2(() => {
    let press = (event) => {
      isTyped(event) || actionOf(event) !== "filter" || (event.preventDefault(), box.current?.select());
    };
    return addEventListener("keydown", press), () => removeEventListener("keydown", press);
  }, []);
  let rest = useRest(), narrow = (name, value) => go6(withQuery6("/search", { ...searchOf(address4.peek().query), [name]: value }), "replace"), answer = found.value, groups = /* @__PURE__ */ new Map();
  for (let hit of answer?.rows ?? []) groups.set(hit.name.full, [...groups.get(hit.name.full) ?? [], hit]);
  let chosen = [...FACETS.map(([name]) => name), "session"].filter((name) => query.get(name));
  return /* @__PURE__ */ jsxs5("main", { class: "search-screen", "aria-busy": isReading.value, children: [
    /* @__PURE__ */ jsx6("h1", { class: "spoken", children: s4("Search") }),
    /* @__PURE__ */ jsxs5("div", { class: "filters", children: [
      /* @__PURE__ */ jsx6(
        "input",
        {
          ref: box,
          type: "search",
          class: "wide",
          placeholder: 'words, "a phrase", begin*, -without',
          "aria-label": s4("What to look for"),
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
      answer !== null && /* @__PURE__ */ jsx6("strong", { class: "total", children: count3(answer.found, "hit") }),
      query.get("session") && /* @__PURE__ */ jsxs5("button", { type: "button", class: "chip", "aria-pressed": "true", onClick: () => narrow("session", null), children: [
        "only ",
        line5(query.get("session") ?? ""),
        " ✕"
      ] })
    ] }),
    problem.value !== null && /* @__PURE__ */ jsx6(Trouble4, { problem: problem.value, retry: read }),
    answer === null && problem.value === null && !asked.q && /* @__PURE__ */ jsxs5("div", { class: "empty", children: [
      /* @__PURE__ */ jsx6("p", { children: s4("Tasks, messages, outputs and names of agents are searched, in any language.") }),
      /* @__PURE__ */ jsxs5("p", { children: [
        /* @__PURE__ */ jsx6("code", { children: '"connection refused" -retry' }),
        " finds the phrase where nothing retries, ",
        /* @__PURE__ */ jsx6("code", { children: "hing*" }),
        " the beginning of words."
      ] })
    ] }),
    answer !== null && /* @__PURE__ */ jsxs5("div", { class: "found", children: [
      /* @__PURE__ */ jsx6("aside", { class: "rail", "aria-label": s4("Narrow the search"), tabIndex: 0, children: FACETS.map(([name, label]) => {
        let values = answer.facets[IN_ANSWER[name] ?? name] ?? [], is = query.get(name);
        return values.length < 2 && !is ? null : /* @__PURE__ */ jsxs5("div", { class: "facet", role: "group", "aria-label": say3(label), children: [
          /* @__PURE__ */ jsx6("span", { class: "facet-name", children: say3(label) }),
          (values.length === 0 && is ? [[is, 0]] : values.slice(0, 8)).map(([value, sum]) => /* @__PURE__ */ jsxs5(
            "button",
            {
              type: "button",
              class: name === "status" ? `chip ${columnOf(value)}` : "chip",
              "aria-pressed": is === value,
              onClick: () => narrow(name, is === value ? null : value),
              children: [
                /* @__PURE__ */ jsx6("span", { class: "value", children: line5(value) || "none" }),
                " ",
                /* @__PURE__ */ jsx6("span", { class: "number dim", children: sum })
              ]
            },
            value
          ))
        ] }, name);
      }) }),
      /* @__PURE__ */ jsxs5("div", { class: `hits${isReading.value ? " old" : ""}`, tabIndex: 0, role: "region", "aria-label": s4("Hits"), children: [
        answer.rows.length === 0 && /* @__PURE__ */ jsxs5("div", { class: "empty", children: [
          /* @__PURE__ */ jsxs5("p", { children: [
            "Nothing is found",
            chosen.length > 0 ? ` with ${chosen.map((name) => `${name} ${line5(query.get(name) ?? "")}`).join(", ")}` : "",
            "."
          ] }),
          chosen.length > 0 && /* @__PURE__ */ jsx6("button", { type: "button", onClick: () => go6(withQuery6("/search", { q: asked.q ?? "" }), "replace"), children: s4("Search everywhere") })
        ] }),
        [...groups.values()].map((hits) => /* @__PURE__ */ jsx6(Group, { hits }, hits[0]?.name.full)),
        answer.rows.length < answer.found && answer.rows.length >= number.value && number.value < 500 && /* @__PURE__ */ jsx6("button", { type: "button", class: "more", onClick: () => number.value = Math.min(500, number.value * 2), children: "more hits" })
      ] })
    ] })
  ] });
}
function Group({ hits }) {
  let first = hits[0];
  return first === void 0 ? null : /* @__PURE__ */ jsxs5("section", { class: "group", "aria-label": s4("Session {}", line5(first.name.short)), children: [
    /* @__PURE__ */ jsxs5("h2", { children: [
      /* @__PURE__ */ jsx6(Link3, { to: sessionPath5(first.name.full), children: line5(first.name.short) }),
      /* @__PURE__ */ jsx6(Status3, { status: first.status }),
      /* @__PURE__ */ jsx6("span", { class: "dim type", children: line5(first.type) }),
      /* @__PURE__ */ jsx6("span", { class: "dim end", children: count3(hits.length, "hit") })
    ] }),
    hits.map((hit) => /* @__PURE__ */ jsxs5(Link3, { to: linkOf(hit), class: "hit", children: [
      /* @__PURE__ */ jsxs5("span", { class: "number rev", children: [
        "r",
        hit.revision
      ] }),
      /* @__PURE__ */ jsx6("span", { class: "by", children: line5(hit.agent ?? hit.role ?? hit.what) }),
      /* @__PURE__ */ jsx6("span", { class: "snippet", children: /* @__PURE__ */ jsx6(Marked, { snippet: hit.snippet, isPruned: hit.is_pruned }) }),
      /* @__PURE__ */ jsx6("span", { class: "dim number when", children: instant(hit.occurred_at / 1e3).slice(0, 16) })
    ] }, `${hit.position} ${hit.what}`))
  ] });
}
function linkOf(hit) {
  return withQuery6(sessionPath5(hit.name.full), { at: `r${hit.revision}`, view: hit.what === "output" ? "output" : null });
}
function Marked({ snippet, isPruned }) {
  return isPruned ? /* @__PURE__ */ jsx6("em", { class: "dim", children: "pruned: an archive has it" }) : /* @__PURE__ */ jsx6(Fragment4, { children: snippet.map(([text, isFind], at) => isFind ? /* @__PURE__ */ jsx6("mark", { children: line5(text) }, at) : /* @__PURE__ */ jsx6("span", { children: line5(text) }, at)) });
}

// ui/sources.tsx
import { address as address5, go as go7, withQuery as withQuery7 } from "/app.js";
import { Trouble as Trouble5 } from "/app.js";
import { useAnswer as useAnswer4 } from "/app.js";
import { count as count4, instant as instant2, line as line6, size as size3 } from "/app.js";
import { s as s5, say as say4 } from "/app.js";
import { jsx as jsx7, jsxs as jsxs6 } from "/app.js";
function SourcesScreen() {
  let tool = address5.value.query.get("tool"), read = useAnswer4("/sources.json"), answer = read.value.value, rows = answer?.rows.filter((row) => tool === null || row.tool === tool) ?? [], tools = [...new Set(answer?.rows.map((row) => row.tool) ?? [])];
  return /* @__PURE__ */ jsxs6("main", { class: "sums-screen", "aria-busy": read.isReading.value, children: [
    /* @__PURE__ */ jsx7("h1", { class: "spoken", children: s5("Sources") }),
    /* @__PURE__ */ jsxs6("div", { class: "filters", children: [
      /* @__PURE__ */ jsx7("strong", { class: "total", children: answer === null ? "…" : count4(rows.length, "file") }),
      /* @__PURE__ */ jsx7("div", { class: "facet", role: "group", "aria-label": s5("tool"), children: tools.map((name) => /* @__PURE__ */ jsx7("button", { type: "button", class: "chip", "aria-pressed": tool === name, onClick: () => go7(withQuery7("/sources", { tool: tool === name ? null : name }), "replace"), children: line6(name) }, name)) }),
      answer !== null && answer.excluded > 0 && /* @__PURE__ */ jsx7("span", { class: "dim", children: s5("{} excluded: nothing of them is kept", count4(answer.excluded, "file")) })
    ] }),
    read.problem.value !== null && /* @__PURE__ */ jsx7(Trouble5, { problem: read.problem.value, retry: read.again }),
    answer !== null && rows.length === 0 && /* @__PURE__ */ jsxs6("p", { class: "empty", children: [
      s5("No files:"),
      " ",
      /* @__PURE__ */ jsx7("code", { children: "retold import" }),
      " ",
      s5("takes in what coding agents left on disk.")
    ] }),
    rows.length > 0 && // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    /* @__PURE__ */ jsx7("div", { class: "sums", tabIndex: 0, role: "region", "aria-label": s5("Files"), children: /* @__PURE__ */ jsxs6("table", { children: [
      /* @__PURE__ */ jsx7("thead", { children: /* @__PURE__ */ jsx7("tr", { children: ["tool", "file", "is", "size", "records", "skipped", "kept"].map((name, at) => /* @__PURE__ */ jsx7("th", { scope: "col", class: at > 2 ? "right" : "", children: say4(name) }, name)) }) }),
      /* @__PURE__ */ jsx7("tbody", { children: rows.map((row) => /* @__PURE__ */ jsxs6("tr", { children: [
        /* @__PURE__ */ jsx7("td", { children: line6(row.tool) }),
        /* @__PURE__ */ jsx7("th", { scope: "row", class: "mono file-name", children: line6(row.name) }),
        /* @__PURE__ */ jsx7("td", { children: line6(row.role) }),
        /* @__PURE__ */ jsx7("td", { class: "right number", children: size3(row.bytes) }),
        /* @__PURE__ */ jsx7("td", { class: "right number", children: row.records.toLocaleString("en") }),
        /* @__PURE__ */ jsx7("td", { class: `right number${row.skipped > 0 ? " minus" : ""}`, children: row.skipped === 0 ? "" : row.skipped.toLocaleString("en") }),
        /* @__PURE__ */ jsx7("td", { class: "right number", children: instant2(row.kept_at / 1e3).slice(0, 16) })
      ] }, `${row.tool} ${row.name}`)) })
    ] }) })
  ] });
}
export {
  ChangeSheet,
  CompareScreen,
  MetricsScreen,
  Palette,
  SearchScreen,
  SourcesScreen
};
