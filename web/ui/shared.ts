// What the part of the page that is read later takes from the part that is there at once: there is one of each.

export { signal, useSignal } from "@preact/signals";
export { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
export { Fragment, jsx, jsxs } from "preact/jsx-runtime";
export { address, go, screenOf, sessionPath, withQuery } from "./address";
export { searchOf } from "./data";
export { dataIn } from "./file";
export { FindBar } from "./find";
export { useRead } from "./inspector";
export { actionOf, isTyped, keysNow, nameOf, useKeys } from "./keys";
export { LogBar } from "./logbar";
export { Places, placesOf } from "./masked";
export { Asking, asProblem, bring, get, isAbort } from "./net";
export { notice } from "./notice";
export { Link, Sheet, Status, Tabs, Trouble, useTyped } from "./parts";
export { instantOf, Past, pointOf, standingOf } from "./past";
export { Pool } from "./pool";
export { useAnswer, useAsking, useRest } from "./read";
export { again, askOf, Facets, filterOf, linkOf, momentOf, Nothing, refine, SearchBox, useList } from "./sessions";
export { ago, COLUMNS, clock, columnOf, count, glyphOf, instant, line, roughly, SILENT_AFTER, size, stretch, timeOf, visible } from "./show";
export { dollars, tokens } from "./talk";
export { s, say, t } from "./words";
export { canWrite, change, changing, done, drawKey, failed, mark, marks, setStatus, team } from "./write";
