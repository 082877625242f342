import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { text } from "../../text";
import { Icon } from "../../ui/icon";

const PAUSE = 300;
/** Fewer letters say too little. */
const LEAST = 6;

/** Articles that may answer what is being typed. */
export function Suggestions({ words }: { words: string }) {
  const [settled, setSettled] = useState(words);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(words), PAUSE);
    return () => window.clearTimeout(timer);
  }, [words]);
  const asked = settled.trim();
  const { data } = useQuery({
    queryKey: keys.suggest(asked),
    queryFn: () => take(api.GET("/ai/suggest", { params: { query: { q: asked, limit: "3" } } })),
    enabled: asked.length >= LEAST,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    // It is a help and no more: without it the ticket is written all the same.
    retry: false,
  });
  if (!data?.items.length || asked.length < LEAST) {
    return null;
  }
  return (
    <section aria-label={text.create.suggestions} aria-live="polite" className="suggestions">
      <h2 className="small">
        <Icon name="spark" /> {text.create.suggestions}
      </h2>
      <ul>
        {data.items.map(({ article_id, title, snippet }) => (
          <li key={article_id}>
            <Link params={{ articleId: article_id }} target="_blank" to="/app/articles/$articleId">
              {title}
            </Link>
            <p className="soft small">{snippet}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
