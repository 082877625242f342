import { useState } from "react";

import { ApiProblem } from "../../api/problem";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { SelectField, TextArea, TextField } from "../../ui/field";
import { Notice } from "../../ui/parts";
import { Prose } from "../../ui/prose";
import type { ArticleWords } from "./article-words";

const AUDIENCES = ["everyone", "agents", "it", "hr"] as const;
const BODY_MAX = 12_000;
const TITLE_MAX = 200;

interface Props {
  start: ArticleWords;
  busy: boolean;
  error: Error | null;
  /** Saves; over the version `over`, when another one came between. */
  onSave: (words: ArticleWords, over?: number) => void;
  onTakeTheirs?: () => void;
}

/** The words of an article beside how they will look. */
export function ArticleForm({ start, busy, error, onSave, onTakeTheirs }: Props) {
  const [title, setTitle] = useState(start.title);
  const [body, setBody] = useState(start.body);
  const [audience, setAudience] = useState(start.audience);
  const [tags, setTags] = useState(start.tags.join(", "));
  const [side, setSide] = useState<"write" | "preview">("write");
  const problem = error instanceof ApiProblem ? error : undefined;
  const theirs = problem?.code === "ARTICLE_VERSION_CONFLICT" ? problem.more["article_version"] : undefined;
  const fields = problem?.fields ?? {};
  const wrongTag = Object.entries(fields).find(([field]) => field.startsWith("tags"))?.[1];
  const words = (): ArticleWords => ({
    title: title.trim(),
    body,
    audience,
    tags: tags.split(",").map((tag) => tag.trim()).filter(Boolean),
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(words());
      }}
    >
      {typeof theirs === "number" ? (
        <Notice icon="alert" role="alert" tone="amber">
          <strong>{text.admin.conflict}</strong>
          <p>{text.admin.conflictText(theirs)}</p>
          <div className="row conflict-choice">
            <Button onClick={onTakeTheirs}>{text.admin.takeTheirs}</Button>
            <Button onClick={() => onSave(words(), theirs)}>{text.admin.saveOver}</Button>
          </div>
        </Notice>
      ) : error && Object.keys(fields).length === 0 ? (
        <Notice icon="alert" role="alert" tone="red">
          {error.message}
        </Notice>
      ) : null}
      <TextField
        error={fields["title"]}
        label={text.admin.articleTitle}
        maxLength={TITLE_MAX}
        onChange={({ target }) => setTitle(target.value)}
        required
        value={title}
      />
      <div className="edit-facts">
        <SelectField
          error={fields["audience"]}
          label={text.admin.audience}
          onChange={({ target }) => setAudience(target.value as ArticleWords["audience"])}
          value={audience}
        >
          {AUDIENCES.map((each) => (
            <option key={each} value={each}>
              {text.articles.audience[each]}
            </option>
          ))}
        </SelectField>
        <TextField
          error={wrongTag}
          hint={text.admin.articleTagsHint}
          label={text.admin.articleTags}
          onChange={({ target }) => setTags(target.value)}
          value={tags}
        />
      </div>
      <div className="tabs edit-tabs" role="group">
        {(["write", "preview"] as const).map((each) => (
          <button aria-pressed={side === each} className="tab" key={each} onClick={() => setSide(each)} type="button">
            {text.admin[each]}
          </button>
        ))}
      </div>
      <div className="edit-sides" data-side={side}>
        <TextArea
          error={fields["body"]}
          hint={text.admin.articleBodyHint}
          label={text.admin.articleBody}
          maxLength={BODY_MAX}
          onChange={({ target }) => setBody(target.value)}
          required
          rows={22}
          value={body}
        />
        <section aria-label={text.admin.preview} className="edit-preview">
          <span className="field-label">{text.admin.preview}</span>
          <div className="card card-body article">
            <Prose whole>{body}</Prose>
          </div>
        </section>
      </div>
      <div className="row">
        <Button busy={busy} look="primary" type="submit">
          {text.common.save}
        </Button>
      </div>
    </form>
  );
}
