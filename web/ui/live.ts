// What is new in the store. A browser has six connections to a server, and every tab would take one: one tab listens, and tells the
// others.

import { signal } from "@preact/signals";
import { throttle } from "./throttle";

export interface News {
  position: number;
  hash: string;
  view: string;
  /** Sessions and their last revisions; `null` where any may have changed. */
  changed: [string, number][] | null;
}

export const live = signal<News | null>(null);
export const isConnected = signal(false);
/** The last position, at most once in two seconds: what is summed up of the whole log follows it. */
export const calm = signal<number | null>(null);
const calmer = throttle(() => {
  calm.value = live.peek()?.position ?? null;
}, 2000);

const CHANNEL = "retold-live";

export function listen(): void {
  const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(CHANNEL);
  const take = (news: News): void => {
    live.value = news;
    calmer();
    isConnected.value = true;
  };
  channel?.addEventListener("message", (event: MessageEvent<News | { isConnected: boolean }>) => {
    if ("position" in event.data) take(event.data);
    else isConnected.value = event.data.isConnected;
  });
  const lead = (): Promise<void> =>
    new Promise(() => {
      const source = new EventSource("/live");
      source.addEventListener("head", (event: MessageEvent<string>) => {
        const news = JSON.parse(event.data) as News;
        take(news);
        channel?.postMessage(news);
      });
      source.addEventListener("resync", () => {
        const known = live.value;
        if (known !== null) take({ ...known, changed: null });
      });
      const tell = (now: boolean) => (): void => {
        isConnected.value = now;
        channel?.postMessage({ isConnected: now });
      };
      source.addEventListener("open", tell(true));
      source.addEventListener("error", tell(false));
      addEventListener("pagehide", () => source.close());
    });
  // The tab that has the lock listens; when it is closed, the next one gets it.
  if (navigator.locks === undefined) void lead();
  else void navigator.locks.request(CHANNEL, lead);
}
