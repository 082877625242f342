import type { Element, Root } from "hast";
import Markdown from "react-markdown";
import rehypeSanitize, { defaultSchema } from "rehype-sanitize";
import remarkGfm from "remark-gfm";

import { text } from "../text";
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

const schema = { ...defaultSchema, clobberPrefix: "said-" };

interface Props {
  children: string;
  /** What stands for a link to `#source-N`: the number of a source in an answer. */
  onSource?: (number: number) => void;
}

/** Text with Markdown, made safe: no markup, no address that runs script, nothing loaded from anywhere. */
export default function SafeMarkdown({ children, onSource }: Props) {
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
          // The page has its own headings above these.
          h1: ({ children }) => <h3>{children}</h3>,
          h2: ({ children }) => <h4>{children}</h4>,
          h3: ({ children }) => <h5>{children}</h5>,
          table: ({ children }) => (
            <div className="table-wrap">
              <table>{children}</table>
            </div>
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

function Outside({ href, children }: { href: string | undefined; children: React.ReactNode }) {
  return href ? (
    <a href={href} rel="noopener noreferrer nofollow" target="_blank">
      {children}
    </a>
  ) : (
    <span>{children}</span>
  );
}
