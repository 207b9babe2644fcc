// A list of any length: as many rows as fit are in the page, each pointed at another item when the list is scrolled.

import { type ComponentChildren, h } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

/** Browsers draw nothing beyond some 33 million pixels. */
const HEIGHT_MAX = 8_000_000;

/** What of a list is in the page. */
interface View {
  first: number;
  slots: number;
  shift: number;
}

/** Rows that are drawn before it is known how many fit. */
const SLOTS = 30;

interface Props {
  count: number;
  /** The height of a row in rem. */
  rem: number;
  /** The row that is to be seen. */
  seen?: number;
  /** Changes when the rows show something else. */
  version?: unknown;
  label: string;
  onEnd?: () => void;
  children: (index: number) => ComponentChildren;
}

function pixels(rem: number): number {
  return rem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize || "16");
}

export function Pool({ count, rem, seen, label, onEnd, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View | null>(null);
  // Before it is known where the list is scrolled to, it is about where it will be: what is not seen is not asked for.
  const { first: top, slots: fitting, shift: moved } = view ?? { first: Math.max(0, Math.min((seen ?? 0) - SLOTS / 2, count - SLOTS)), slots: SLOTS, shift: 0 };
  const height = Math.max(1, Math.round(pixels(rem)));
  const whole = count * height;
  const capped = Math.min(whole, HEIGHT_MAX);
  const latest = useRef({ count, whole, capped, height, onEnd });
  latest.current = { count, whole, capped, height, onEnd };

  const look = (): void => {
    const node = box.current;
    const now = latest.current;
    if (node === null || now.count === 0) return;
    const room = Math.max(1, now.capped - node.clientHeight);
    const scale = Math.max(0, now.whole - node.clientHeight) / room;
    const top = now.whole > now.capped ? node.scrollTop * scale : node.scrollTop;
    const slots = Math.ceil(node.clientHeight / now.height) + 2;
    const first = Math.max(0, Math.min(Math.floor(top / now.height), now.count - slots + 1));
    const shift = node.scrollTop - top;
    setView((old) => (old?.first === first && old.slots === slots && old.shift === shift ? old : { first, slots, shift }));
    if (first + slots >= now.count - 5) now.onEnd?.();
  };

  useLayoutEffect(look, [count, height]);
  useEffect(() => {
    const node = box.current;
    if (node === null) return;
    const watcher = new ResizeObserver(look);
    watcher.observe(node);
    return () => watcher.disconnect();
  }, []);
  useLayoutEffect(() => {
    const node = box.current;
    if (node === null || seen === undefined) return;
    const now = latest.current;
    const scale = now.whole > now.capped ? Math.max(1, now.whole - node.clientHeight) / Math.max(1, now.capped - node.clientHeight) : 1;
    const top = seen * now.height;
    const shown = node.scrollTop * scale;
    if (top < shown + now.height) node.scrollTop = Math.max(0, top - now.height * 2) / scale;
    else if (top + now.height * 2 > shown + node.clientHeight) node.scrollTop = (top + now.height * 3 - node.clientHeight) / scale;
    look();
  }, [seen, count]);

  const slots = [];
  for (let slot = 0; slot < Math.min(fitting, count - top); slot += 1) {
    const index = top + slot;
    slots.push(
      h(
        "div",
        {
          class: "slot",
          key: slot,
          role: "listitem",
          "aria-setsize": count,
          "aria-posinset": index + 1,
          style: { transform: `translateY(${index * height + moved}px)`, height: `${height}px` },
        },
        children(index),
      ),
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <div class="pool" ref={box} onScroll={look} role="list" aria-label={label} tabIndex={0}>
      <div class="pool-size" style={{ height: `${capped}px` }} role="presentation">
        {slots}
      </div>
    </div>
  );
}
