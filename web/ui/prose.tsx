// Markdown as elements. Everything that somebody wrote ends up in a text node; no address becomes a link or an image.

import { useMemo } from "preact/hooks";
import { type Block, blocks, type Inline } from "./markdown";
import { visible } from "./show";
import { s } from "./words";

/** A longer text is shown as it is. */
const PROSE_MAX = 64 * 1024;

export function Prose({ text }: { text: string }) {
  // The same elements are not compared with themselves, however often what is around them is drawn.
  return useMemo(() => (text.length > PROSE_MAX ? <pre class="plain">{visible(text)}</pre> : <div class="text">{blocks(text).map(part)}</div>), [text]);
}

function part(block: Block, key: number) {
  switch (block.is) {
    case "heading":
      return (
        <p key={key} class={`heading level-${block.level}`}>
          {block.text.map(piece)}
        </p>
      );
    case "paragraph":
      return <p key={key}>{block.text.map(piece)}</p>;
    case "code":
      return (
        <pre key={key}>
          {block.language !== "" && <span class="language">{visible(block.language).slice(0, 24)}</span>}
          {visible(block.text)}
        </pre>
      );
    case "quote":
      return <blockquote key={key}>{block.inside.map(part)}</blockquote>;
    case "rule":
      return <hr key={key} />;
    case "table":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
        <div key={key} class="scrolls" tabIndex={0} role="group" aria-label={s("Table")}>
          <table>
            <thead>
              <tr>
                {block.head.map((cell, at) => (
                  <th key={at} scope="col">
                    {cell.map(piece)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row, nth) => (
                <tr key={nth}>
                  {row.map((cell, at) => (
                    <td key={at}>{cell.map(piece)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    case "list": {
      const items = block.items.map((item, at) => (
        <li key={at} class={item.done === null ? "" : "task-item"}>
          {item.done !== null && (
            <span class="box">
              <span aria-hidden="true">{item.done ? "☑" : "☐"}</span>
              <span class="spoken">{item.done ? "done:" : "to do:"}</span>
            </span>
          )}
          {item.inside.map((inside, nth) =>
            // A line of an item is no paragraph of its own.
            inside.is === "paragraph" && item.inside.length === 1 ? inside.text.map(piece) : part(inside, nth),
          )}
        </li>
      ));
      return block.start === null ? (
        <ul key={key}>{items}</ul>
      ) : (
        <ol key={key} start={block.start}>
          {items}
        </ol>
      );
    }
  }
}

function piece(token: Inline, key: number): preact.ComponentChild {
  switch (token.is) {
    case "text":
      return visible(token.text);
    case "break":
      return <br key={key} />;
    case "code":
      return <code key={key}>{visible(token.text)}</code>;
    case "strong":
      return <strong key={key}>{token.inside.map(piece)}</strong>;
    case "em":
      return <em key={key}>{token.inside.map(piece)}</em>;
    case "gone":
      return <s key={key}>{token.inside.map(piece)}</s>;
    case "link": {
      const words = token.text.map((inside) => (inside.is === "text" ? inside.text : "")).join("");
      return (
        <span key={key} class="address">
          {token.text.map(piece)}
          {words !== token.to && <span class="dim"> ({visible(token.to)})</span>}
        </span>
      );
    }
  }
}
