import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";

import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { store } from "../../api/store";
import type { Article } from "../../api/types";
import { useTitle } from "../../app/title";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { Badge, Failed, SkeletonRows } from "../../ui/parts";
import { complain, say } from "../../ui/toasts";
import { ArticleForm } from "./article-form";
import { publishing, type ArticleWords } from "./article-words";
import "./admin.css";

const EMPTY: ArticleWords = { title: "", body: "", audience: "everyone", tags: [] };

function keepArticle(article: Article) {
  store.setQueryData(keys.article(article.id), article);
  void store.invalidateQueries({ queryKey: keys.articles });
}

function Back() {
  return (
    <Link aria-label={text.admin.articles} className="button button-quiet button-icon" title={text.admin.articles} to="/app/admin/articles">
      <Icon name="back" size={18} />
    </Link>
  );
}

export function NewArticlePage() {
  useTitle(text.admin.newArticle);
  const navigate = useNavigate();
  const make = useMutation({
    mutationFn: (words: ArticleWords) => take(api.POST("/articles", { body: words })),
    onSuccess: (made) => {
      say(text.common.saved);
      if ("id" in made) {
        keepArticle(made);
      }
      const articleId = "id" in made ? made.id : made.article_id;
      void navigate({ to: "/app/admin/articles/$articleId", params: { articleId }, replace: true });
    },
  });
  return (
    <div className="page edit">
      <div className="page-head">
        <Back />
        <h1>{text.admin.newArticle}</h1>
      </div>
      <ArticleForm busy={make.isPending} error={make.error} onSave={(words) => make.mutate(words)} start={EMPTY} />
    </div>
  );
}

export function EditArticlePage() {
  const { articleId } = useParams({ from: "/app/admin/articles/$articleId" });
  const found = useQuery({
    queryKey: keys.article(articleId),
    queryFn: () => take(api.GET("/articles/{article_id}", { params: { path: { article_id: articleId } } })),
    // What is being edited is not changed under the editor's hands; a conflict is told on saving.
    staleTime: Infinity,
    refetchOnMount: "always",
  });
  useTitle(found.data?.title ?? text.admin.articles);
  return (
    <div className="page edit">
      {found.data && !found.isRefetching ? (
        <Editor article={found.data} key={found.data.id} />
      ) : found.isError ? (
        <Failed error={found.error} retry={found.refetch} />
      ) : (
        <SkeletonRows />
      )}
    </div>
  );
}

function Editor({ article }: { article: Article }) {
  const { id, version, published, title, body, audience, tags } = article;
  const change = useMutation({
    mutationFn: ({ words, over }: { words: ArticleWords; over: number }) =>
      take(api.PUT("/articles/{article_id}", { params: { path: { article_id: id } }, body: { ...words, version: over } })),
    onSuccess: (changed) => {
      if ("id" in changed) {
        keepArticle(changed);
      }
      say("id" in changed ? text.common.saved : text.common.underWay);
    },
  });
  const show = useMutation({
    mutationFn: (shown: boolean) => publishing(id, shown),
    onSuccess: (changed) => {
      if ("id" in changed) {
        keepArticle(changed);
        say(changed.published ? text.admin.publishedDone : text.admin.withdrawnDone);
      } else {
        say(text.common.underWay);
      }
    },
    onError: complain,
  });
  const takeTheirs = async () => {
    change.reset();
    await store.refetchQueries({ queryKey: keys.article(id) });
  };
  return (
    <>
      <div className="page-head">
        <Back />
        <h1>{title}</h1>
        {published ? <Badge tone="green">{text.admin.published}</Badge> : <Badge tone="amber">{text.articles.draft}</Badge>}
        <span className="soft small">{text.admin.version(version)}</span>
        <Button busy={show.isPending} className="push" onClick={() => show.mutate(!published)}>
          {published ? text.admin.withdraw : text.admin.publish}
        </Button>
      </div>
      <ArticleForm
        busy={change.isPending}
        error={change.error}
        key={version}
        onSave={(words, over) => change.mutate({ words, over: over ?? version })}
        onTakeTheirs={() => void takeTheirs()}
        start={{ title, body, audience, tags }}
      />
    </>
  );
}
