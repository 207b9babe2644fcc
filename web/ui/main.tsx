// The page: which screen the address is of, and what all of them have.

import { signal } from "@preact/signals";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { address, screenOf, withQuery } from "./address";
import { commandOf } from "./command";
import { dataOf } from "./data";
import { held } from "./file";
import { actionOf, isTyped, keysNow, nameOf, useKeys } from "./keys";
import { Later } from "./later";
import { isConnected, listen } from "./live";
import { MaskedSheet } from "./masked";
import { asProblem, enter, type Problem } from "./net";
import { copied, notice } from "./notice";
import { Link, Sheet, Trouble } from "./parts";
import { SessionScreen } from "./session";
import { SessionsScreen } from "./sessions";
import { count, instant, line, timeOf } from "./show";
import { begin as beginWords, LANGUAGES, type Language, language, s, say, speak } from "./words";
import { canWrite, ofTeam, readPage, team, undoLast } from "./write";

const refused = signal<Problem | null>(null);
const isIn = signal(false);
const help = signal(false);
const asking = signal(false);
const palette = signal(false);
/** Whether what is masked is listed. */
const masked = signal(false);

function App() {
  const screen = screenOf(address.value.path);
  const at = address.value.query.get("at");
  useEffect(() => {
    const titles = {
      sessions: s("Sessions"),
      board: s("Board"),
      search: s("Search"),
      metrics: s("Metrics"),
      compare: s("Compare"),
      sources: s("Sources"),
      session: screen.name === "session" ? screen.session : "",
      nothing: s("Nothing"),
    };
    document.title = `${titles[screen.name]} · retold`;
  }, [address.value.path]);
  useKeys((event) => {
    if (actionOf(event) !== "palette" && isTyped(event)) return;
    if (event.target instanceof HTMLElement && event.target.closest("dialog") !== null) return;
    // A file has no other screens, and there is no command for it.
    if (held !== null && ["goTo", "palette", "json", "copyCommand"].includes(actionOf(event) ?? "")) return;
    switch (actionOf(event)) {
      case "help":
        help.value = true;
        break;
      case "goTo":
        asking.value = true;
        break;
      case "palette":
        palette.value = true;
        break;
      case "copyCommand": {
        const shown = screenOf(address.peek().path);
        // A session says itself what is looked at of it.
        if (shown.name === "session") return;
        const command = commandOf(shown, address.peek().query);
        if (command === undefined) notice.value = s("There is no command for this.");
        else copied(ofTeam(command));
        break;
      }
      case "json":
        open(dataOf(location.pathname, new URLSearchParams(location.search)), "_blank", "noopener");
        break;
      case "undo":
        undoLast();
        break;
      case "copyLink":
        void navigator.clipboard?.writeText(location.href).then(() => {
          notice.value = s("Copied the link to this moment.");
        });
        break;
      default:
        return;
    }
    event.preventDefault();
  }, []);
  const isSummed = screen.name === "metrics" || screen.name === "compare";
  const isList = screen.name === "sessions" || screen.name === "board";
  return (
    <>
      <header class="bar">
        <Link to="/sessions" class="brand">
          retold
        </Link>
        {team.value !== null && <span class="dim team-name">{line(team.value)}</span>}
        {held !== null && (
          <span class="dim held">
            {held.is_masked ? (
              <button type="button" class="quiet" onClick={() => (masked.value = true)}>
                {s("{} masked", count(held.masked, "secret"))}
              </button>
            ) : (
              s("secrets are not masked")
            )}{" "}
            {held.without.length > 0 && `· ${s("left out: {}", held.without.map(say).join(", "))} `}· position {held.head.as_of.position} ·{" "}
            <span class="number">{held.head.as_of.hash.slice(0, 12)}</span>
          </span>
        )}
        {held === null && (
          <nav aria-label={s("Screens")}>
            <Link to={withQuery("/board", { at: isList ? at : null })} {...(screen.name === "board" ? { "aria-current": "page" as const } : {})}>
              {s("Board")}
            </Link>
            <Link to={withQuery("/sessions", { at: isList ? at : null })} {...(screen.name === "sessions" ? { "aria-current": "page" as const } : {})}>
              {s("Sessions")}
            </Link>
            <Link to="/search" {...(screen.name === "search" ? { "aria-current": "page" as const } : {})}>
              {s("Search")}
            </Link>
            {team.value === null && (
              <Link to="/metrics" {...(screen.name === "metrics" ? { "aria-current": "page" as const } : {})}>
                {s("Metrics")}
              </Link>
            )}
          </nav>
        )}
        {held === null && (
          <>
            <button type="button" class="quiet end palette" onClick={() => (palette.value = true)}>
              <span class="words">{s("Find or do…")}</span> <kbd>Ctrl K</kbd>
              <span class="glyph-only" aria-hidden="true">
                ⌕
              </span>
            </button>
            <button type="button" class="quiet go-to" onClick={() => (asking.value = true)}>
              {s("Go to…")} <kbd>g</kbd>
            </button>
            <span class={`live${isConnected.value ? " on" : ""}`} role="status">
              {isConnected.value ? s("live") : s("not live")}
            </span>
          </>
        )}
        {held === null && <Languages />}
        <button type="button" class={`quiet${held === null ? "" : " end"}`} onClick={() => (help.value = true)} aria-label={s("Keys")}>
          ?
        </button>
      </header>
      {(isList || isSummed) && at !== null && (
        <div class="banner" role="status">
          {s("You see the store as of {}", pointName(at))}
          <Link to={isSummed ? withQuery(address.value.path, { ...Object.fromEntries(address.value.query), at: null }) : address.value.path}>{s("back to now")}</Link>
        </div>
      )}
      {refused.value !== null ? (
        <main class="only">
          <h1>{s("No way in")}</h1>
          <Trouble problem={refused.value} />
          {refused.value.status === 401 && <Later name="Entrance" isQuiet />}
        </main>
      ) : !isIn.value ? (
        <main class="only" aria-busy="true">
          <h1 class="spoken">retold</h1>
        </main>
      ) : screen.name === "sessions" ? (
        <SessionsScreen />
      ) : screen.name === "board" ? (
        <Later name="BoardScreen" />
      ) : screen.name === "search" ? (
        <Later name="SearchScreen" />
      ) : screen.name === "metrics" ? (
        <Later name="MetricsScreen" />
      ) : screen.name === "compare" ? (
        <Later name="CompareScreen" />
      ) : screen.name === "sources" ? (
        <Later name="SourcesScreen" />
      ) : screen.name === "session" ? (
        <SessionScreen key={screen.session} session={screen.session} />
      ) : (
        <main class="only">
          <h1>{s("There is nothing at this address")}</h1>
          <p>
            <Link to="/sessions">{s("The sessions")}</Link>
          </p>
        </main>
      )}
      <div class="notice" role="status" aria-live="polite">
        {line(notice.value)}
      </div>
      {canWrite.value && <Later name="DoneBar" isQuiet />}
      {canWrite.value && <Later name="ChangeSheet" isQuiet />}
      {masked.value && held !== null && <MaskedSheet held={held} close={() => (masked.value = false)} />}
      {help.value && <Help close={() => (help.value = false)} />}
      {palette.value && <Later name="Palette" isQuiet with={{ close: () => (palette.value = false), isOfSession: screen.name === "session" }} />}
      {asking.value && <Later name="GoTo" isQuiet with={{ close: () => (asking.value = false) }} />}
    </>
  );
}

/** A point as a person reads it. */
function pointName(at: string): string {
  if (/^\d+$/.test(at)) return s("position {}", Number(at).toLocaleString("en"));
  const ms = timeOf(at);
  return Number.isNaN(ms) ? line(at) : instant(ms);
}

function Languages() {
  return (
    <select class="languages" aria-label="Language, 言語" value={language.value} onChange={(event) => void speak(event.currentTarget.value as Language, true)}>
      {LANGUAGES.map(([name, own]) => (
        <option key={name} value={name} lang={name}>
          {own}
        </option>
      ))}
    </select>
  );
}

function Help({ close }: { close: () => void }) {
  return (
    <Sheet title={s("Keys")} close={close}>
      {held === null && <Languages />}
      <dl class="keys">
        {keysNow().map(([, binding]) => (
          <div key={binding.about}>
            <dt>{binding.keys.length > 9 ? <kbd>0–9</kbd> : binding.keys.map((key) => <kbd key={key}>{nameOf(key)}</kbd>)}</dt>
            <dd>{s(binding.about)}</dd>
          </div>
        ))}
      </dl>
    </Sheet>
  );
}

async function begin(): Promise<void> {
  if (held !== null) {
    isIn.value = true;
    return;
  }
  try {
    await enter();
    isIn.value = true;
    listen();
    await readPage();
  } catch (error) {
    refused.value = asProblem(error);
  }
}

export * from "./shared";

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
beginWords();
void begin();
