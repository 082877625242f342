import { api, take } from "../../api/client";
import type { Article } from "../../api/types";

/** What an article says, and to whom. */
export type ArticleWords = Pick<Article, "title" | "body" | "audience" | "tags">;

/** Shows an article to its audience, or no longer. */
export async function publishing(id: string, shown: boolean) {
  const params = { path: { article_id: id } };
  return take(
    shown ? api.POST("/articles/{article_id}/publish", { params, body: {} }) : api.POST("/articles/{article_id}/withdraw", { params, body: {} }),
  );
}
