import { Link } from "@tanstack/react-router";

import type { Source } from "../../api/types";
import { text } from "../../text";
import { Icon } from "../../ui/icon";
import { Prose } from "../../ui/prose";

interface Props {
  sources: readonly Source[];
  /** Begins the ids of the sources on the page. */
  base: string;
  opened: number | undefined;
  onOpen: (number: number | undefined) => void;
}

/** The places in the articles from which an answer is; each opens to its words. */
export function Sources({ sources, base, opened, onOpen }: Props) {
  return (
    <section aria-label={text.ask.sources} className="sources">
      <h2 className="soft small">{text.ask.sources}</h2>
      <ol>
        {sources.map(({ number, article_id, title, heading, quote }) => (
          <li id={`${base}-${String(number)}`} key={number}>
            <details
              onToggle={({ currentTarget }) => {
                if (currentTarget.open) {
                  onOpen(number);
                } else if (opened === number) {
                  onOpen(undefined);
                }
              }}
              open={opened === number}
            >
              <summary>
                <span className="source-number">{number}</span>
                <span className="cut">
                  {title}
                  {heading && heading !== title ? <span className="soft"> · {heading}</span> : null}
                </span>
                <Icon name="down" />
              </summary>
              <blockquote>
                <Prose>{quote}</Prose>
              </blockquote>
              <Link className="source-link" params={{ articleId: article_id }} to="/app/articles/$articleId">
                {text.ask.openSource}
              </Link>
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}
