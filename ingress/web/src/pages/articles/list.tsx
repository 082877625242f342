import { Link, useNavigate, useSearch } from "@tanstack/react-router";

import { useTitle } from "../../app/title";
import { text } from "../../text";
import { SearchField } from "../../ui/field";
import { Badge, Empty, Failed, SkeletonRows } from "../../ui/parts";
import { matches, useAllArticles } from "./all";
import "./articles.css";

export function ArticleListPage() {
  useTitle(text.articles.title);
  const { q = "" } = useSearch({ from: "/app/articles" });
  const navigate = useNavigate({ from: "/app/articles" });
  const all = useAllArticles();
  const shown = all.data?.filter((article) => article.published && matches(article, q)) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{text.articles.title}</h1>
        <SearchField
          label={text.articles.search}
          onChange={({ target }) => void navigate({ search: { q: target.value || undefined }, replace: true })}
          value={q}
        />
      </div>
      {all.isPending ? (
        <div className="card">
          <SkeletonRows />
        </div>
      ) : all.isError ? (
        <Failed error={all.error} retry={all.refetch} />
      ) : shown.length > 0 ? (
        <ul className="article-grid">
          {shown.map(({ id, title, tags, audience }) => (
            <li key={id}>
              <Link className="card article-card" params={{ articleId: id }} to="/app/articles/$articleId">
                <strong>{title}</strong>
                <span className="row">
                  {audience === "everyone" ? null : <Badge tone="blue">{text.articles.audience[audience]}</Badge>}
                  {tags.slice(0, 4).map((tag) => (
                    <Badge key={tag}>{tag}</Badge>
                  ))}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      ) : q ? (
        <Empty icon="search" title={text.articles.noMatchTitle}>
          {text.articles.noMatchText}
        </Empty>
      ) : (
        <Empty icon="article" title={text.articles.emptyTitle}>
          {text.articles.emptyText}
        </Empty>
      )}
    </div>
  );
}
