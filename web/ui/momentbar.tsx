// The bar of the whole log for a screen that asks the server for each moment, and whose address says by which clock.

import { useLayoutEffect, useMemo } from "preact/hooks";
import { address, go, withQuery } from "./address";
import { LogBar, type Place } from "./logbar";
import { type Clock, Past } from "./past";

/** The clock of an address: a position is a moment by which the log got things. */
export function clockOf(query: URLSearchParams): Clock {
  return query.get("clock") === "recorded" || /^\d+$/.test(query.get("at") ?? "") ? "recorded" : "occurred";
}

/** The bar; `isByTime` where things are known by when they happened alone. */
export function MomentBar({ path, query, isByTime }: Place & { isByTime?: boolean }) {
  const asked = address.value.query;
  const at = asked.get("at");
  const clock: Clock = isByTime === true ? "occurred" : clockOf(asked);
  const past = useMemo(() => {
    const past = new Past();
    past.clock.value = clock;
    return past;
  }, []);
  useLayoutEffect(() => {
    past.folded = null;
    past.clock.value = clock;
    past.at.value = at === null ? null : past.keyOf(at);
  }, [past, at, clock]);
  const queryOf = (clock: Clock): Record<string, string | null> => ({ ...query, clock: clock === "recorded" ? clock : null });
  const choose = (chosen: Clock, at: string | null): void => go(withQuery(path, { ...queryOf(chosen), at }), "replace");
  return <LogBar past={past} path={path} query={queryOf(clock)} choose={choose} isByTime={isByTime ?? false} />;
}
