import type { Element, Root } from "hast";
import type { ReactNode } from "react";
import Markdown, { type Components } from "react-markdown";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import remarkGfm from "remark-gfm";

import { text } from "../text";
import { Scrolled } from "./parts";
import "./markdown.css";

/** Markup inside Markdown is what somebody typed: it is shown as text, and not left out. */
function markupAsText() {
  const change = (node: Root | Element) => {
    node.children.forEach((child, index) => {
      if (child.type === "element") {
        change(child);
      } else if (isRaw(child)) {
        node.children[index] = { type: "text", value: child.value };
      }
    });
  };
  return change;
}

function isRaw(node: object): node is { type: "raw"; value: string } {
  return "type" in node && node.type === "raw";
}

type Heading = Pick<Components, "h1" | "h2" | "h3" | "h4" | "h5" | "h6">;

/** Below the heading of the page. */
const pageHeadings: Heading = { h1: ({ children }) => <h2>{children}</h2> };

/** Big words in a message are no headings of the page that shows it. */
function Said({ children }: { children?: ReactNode }) {
  return (
    <p>
      <strong>{children}</strong>
    </p>
  );
}

const saidHeadings: Heading = { h1: Said, h2: Said, h3: Said, h4: Said, h5: Said, h6: Said };

const schema = { ...defaultSchema, clobberPrefix: "said-" };

interface Props {
  children: string;
  /** What stands for a link to `#source-N`: the number of a source in an answer. */
  onSource?: (number: number) => void;
  /** The text is what its page is about, and its headings are the page's. */
  whole?: boolean;
}

/** Text with Markdown, made safe: no markup, no address that runs script, nothing loaded from anywhere. */
export default function SafeMarkdown({ children, onSource, whole = false }: Props) {
  return (
    <div className="markdown">
      <Markdown
        components={{
          // An image would be a request to wherever it lies.
          img: ({ src, alt }) => <Outside href={typeof src === "string" ? src : undefined}>{text.chat.image(alt ?? "")}</Outside>,
          a: ({ href, children }) => {
            const source = /^#source-(\d+)$/.exec(href ?? "")?.[1];
            return source && onSource ? (
              <button className="source-mark" onClick={() => onSource(Number(source))} type="button">
                {children}
              </button>
            ) : (
              <Outside href={href}>{children}</Outside>
            );
          },
          ...(whole ? pageHeadings : saidHeadings),
          table: ({ children }) => (
            <Scrolled label={text.common.table}>
              <table>{children}</table>
            </Scrolled>
          ),
          input: ({ checked }) => <span>{checked ? "☑ " : "☐ "}</span>,
        }}
        rehypePlugins={[markupAsText, [rehypeSanitize, schema]]}
        remarkPlugins={[remarkGfm]}
      >
        {children}
      </Markdown>
    </div>
  );
}

function Outside({ href, children }: { href: string | undefined; children: ReactNode }) {
  return href ? (
    <a href={href} rel="noopener noreferrer nofollow" target="_blank">
      {children}
    </a>
  ) : (
    <span>{children}</span>
  );
}
