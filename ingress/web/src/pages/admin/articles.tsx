import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useTitle } from "../../app/title";
import { text } from "../../text";
import { SearchField } from "../../ui/field";
import { Icon } from "../../ui/icon";
import { Badge, Empty, Failed, SkeletonRows } from "../../ui/parts";
import { Ago } from "../../ui/time";
import { matches, useAllArticles } from "../articles/all";
import "./admin.css";

export function ManageArticlesPage() {
  useTitle(text.admin.articles);
  const all = useAllArticles();
  const [words, setWords] = useState("");
  const shown = all.data?.filter((article) => matches(article, words)) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{text.admin.articles}</h1>
        <Link className="button button-primary push" to="/app/admin/articles/new">
          <Icon name="plus" />
          {text.admin.newArticle}
        </Link>
      </div>
      <div className="admin-bar">
        <SearchField label={text.articles.search} onChange={({ target }) => setWords(target.value)} value={words} />
      </div>
      {all.isPending ? (
        <div className="card">
          <SkeletonRows />
        </div>
      ) : all.isError ? (
        <Failed error={all.error} retry={all.refetch} />
      ) : shown.length > 0 ? (
        <ul className="card article-rows">
          {shown.map(({ id, title, audience, published, updated_at }) => (
            <li key={id}>
              <Link params={{ articleId: id }} to="/app/admin/articles/$articleId">
                <span className="cut">{title}</span>
                <Badge>{text.articles.audience[audience]}</Badge>
                {published ? <Badge tone="green">{text.admin.published}</Badge> : <Badge tone="amber">{text.articles.draft}</Badge>}
                <span className="soft small article-time">
                  <Ago at={updated_at} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      ) : (
        <Empty icon="article" title={words ? text.articles.noMatchTitle : text.articles.emptyTitle} />
      )}
    </div>
  );
}
