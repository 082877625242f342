import { useQuery } from "@tanstack/react-query";

import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import type { ArticleItem } from "../../api/types";

const PAGE = 100;
/** A knowledge base of a desk has hundreds of articles; beyond this one asks the bot. */
const MOST = 2_000;

/** Every article that one may see, without bodies. */
export function useAllArticles() {
  return useQuery({
    queryKey: keys.articles,
    staleTime: 60_000,
    queryFn: async () => {
      const all: ArticleItem[] = [];
      let after: string | null | undefined;
      do {
        const page = await take(api.GET("/articles", { params: { query: { limit: String(PAGE), ...(after && { after }) } } }));
        all.push(...page.items);
        after = page.next_after;
      } while (after && all.length < MOST);
      return all.sort((one, other) => one.title.localeCompare(other.title));
    },
  });
}

/** Whether an article has each of the words in its title or tags. */
export function matches({ title, tags }: ArticleItem, words: string) {
  const text = `${title} ${tags.join(" ")}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
