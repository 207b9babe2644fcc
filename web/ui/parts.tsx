// Small pieces that every screen has.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { go } from "./address";
import type { Problem } from "./net";
import { columnOf, glyphOf, line } from "./show";
import { s, say } from "./words";

/** A link within the page. */
export function Link({ to, children, ...rest }: { to: string; children: ComponentChildren; class?: string; title?: string; "aria-current"?: "page" }) {
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} onClick={follow} {...rest}>
      {children}
    </a>
  );
}

export function Status({ status }: { status: string }) {
  return (
    <span class={`status ${columnOf(status)}`}>
      <span aria-hidden="true" class="glyph">
        {glyphOf(status)}
      </span>
      {line(status)}
    </span>
  );
}

/** What went wrong, in the words of the command line, and what to do. */
export function Trouble({ problem, retry, retryName }: { problem: Problem; retry?: () => void; retryName?: string }) {
  return (
    <div class="trouble" role="alert">
      <strong>{line(problem.message)}</strong>
      {problem.details.map((detail) => (
        <span key={detail}>{line(detail)}</span>
      ))}
      {problem.hint !== null && <span>{line(problem.hint)}</span>}
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          {retryName ?? s("Try again")}
        </button>
      )}
    </div>
  );
}

/** A choice of views, by arrow keys too. */
export function Tabs<T extends string>({ label, tabs, chosen, choose }: { label: string; tabs: readonly (readonly [T, string])[]; chosen: T; choose: (tab: T) => void }) {
  const row = useRef<HTMLDivElement>(null);
  const step = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = tabs.findIndex(([tab]) => tab === chosen);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (next === undefined) return;
    choose(next[0]);
    row.current?.querySelectorAll("button")[tabs.indexOf(next)]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={row} onKeyDown={step}>
      {tabs.map(([tab, name]) => (
        <button key={tab} type="button" role="tab" aria-selected={tab === chosen} tabIndex={tab === chosen ? 0 : -1} onClick={() => choose(tab)}>
          {say(name)}
        </button>
      ))}
    </div>
  );
}

/** Something over the page that Escape takes away. */
export function Sheet({ title, close, children, isWide }: { title: string; close: () => void; children: ComponentChildren; isWide?: boolean }) {
  const box = useRef<HTMLDialogElement>(null);
  const isGone = useRef(false);
  // Before it is painted: a key that comes right after it is there is for it.
  useLayoutEffect(() => {
    const node = box.current;
    node?.showModal();
    node?.querySelector("input")?.focus();
    return () => {
      isGone.current = true;
      node?.close();
    };
  }, []);
  // That it is closed is told later: by then another one may be open, which stays.
  const closed = (): void => {
    if (!isGone.current) close();
  };
  return (
    <dialog class={`sheet${isWide === true ? " wide-sheet" : ""}`} ref={box} onCancel={closed} onClose={closed} aria-label={title}>
      <header>
        <h2>{title}</h2>
        <button type="button" class="quiet" onClick={close} aria-label={s("Close")}>
          ✕
        </button>
      </header>
      {children}
    </dialog>
  );
}

/** A box that a part of the address is typed into: what is typed stays however often it is drawn; another address sets it. */
export function useTyped(known: string): { box: preact.RefObject<HTMLInputElement | null>; sent: { current: string } } {
  const box = useRef<HTMLInputElement>(null);
  const sent = useRef(known);
  useLayoutEffect(() => {
    if (box.current !== null && known !== sent.current) box.current.value = known;
    sent.current = known;
  }, [known]);
  return { box, sent };
}
