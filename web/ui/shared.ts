// What the part of the page that is read later takes from the part that is there at once: there is one of each.

export { signal, useSignal } from "@preact/signals";
export { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
export { Fragment, jsx, jsxs } from "preact/jsx-runtime";
export { address, go, sessionPath, withQuery } from "./address";
export { searchOf } from "./data";
export { FindBar } from "./find";
export { useRead } from "./inspector";
export { actionOf, isTyped, keysNow, nameOf } from "./keys";
export { LogBar } from "./logbar";
export { asProblem, get, isAbort } from "./net";
export { Link, Sheet, Status, Tabs, Trouble, useTyped } from "./parts";
export { Past, pointOf } from "./past";
export { useAnswer, useAsking, useRest } from "./read";
export { COLUMNS, clock, columnOf, count, instant, line, size, stretch, visible } from "./show";
export { dollars, tokens } from "./talk";
export { s, say, t } from "./words";
export { change, changing, drawKey, failed, mark, marks, setStatus } from "./write";
