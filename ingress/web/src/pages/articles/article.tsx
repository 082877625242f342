import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";

import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { ApiProblem } from "../../api/problem";
import { useTitle } from "../../app/title";
import { useUser } from "../../app/user";
import { text } from "../../text";
import { Icon } from "../../ui/icon";
import { Badge, Empty, Failed, SkeletonRows } from "../../ui/parts";
import { Prose } from "../../ui/prose";
import { Moment } from "../../ui/time";
import "./articles.css";

export function ArticlePage() {
  const { articleId } = useParams({ from: "/app/articles/$articleId" });
  const user = useUser();
  const found = useQuery({
    queryKey: keys.article(articleId),
    queryFn: () => take(api.GET("/articles/{article_id}", { params: { path: { article_id: articleId } } })),
  });
  const article = found.data;
  useTitle(article?.title ?? text.articles.title);
  const back = (
    <Link className="article-back small" to="/app/articles">
      <Icon name="back" size={14} />
      {text.articles.back}
    </Link>
  );
  if (found.isError && !article) {
    const absent = found.error instanceof ApiProblem && found.error.status === 404;
    return (
      <div className="page page-narrow">
        {back}
        {absent ? (
          <Empty whole icon="article" title={text.articles.notFound}>
            {text.articles.notFoundText}
          </Empty>
        ) : (
          <Failed error={found.error} retry={found.refetch} />
        )}
      </div>
    );
  }
  return (
    <div className="page page-narrow">
      {back}
      {article ? (
        <article className="article">
          <h1>{article.title}</h1>
          <p className="row soft small">
            <span>
              {text.articles.updated} <Moment at={article.updated_at} />
            </span>
            {article.audience === "everyone" ? null : <Badge tone="blue">{text.articles.audience[article.audience]}</Badge>}
            {article.published ? null : <Badge tone="amber">{text.articles.draft}</Badge>}
            {user?.role === "admin" ? (
              <Link params={{ articleId }} to="/app/admin/articles/$articleId">
                {text.articles.edit}
              </Link>
            ) : null}
          </p>
          <Prose whole>{article.body}</Prose>
          <footer className="article-foot">
            <span>{text.articles.stillStuck}</span>
            <Link className="button" to="/app/tickets/new">
              {text.nav.newTicket}
            </Link>
          </footer>
        </article>
      ) : (
        <SkeletonRows />
      )}
    </div>
  );
}
