import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { ApiProblem } from "../../api/problem";
import { store } from "../../api/store";
import { useTitle } from "../../app/title";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { Choices, TextArea, TextField } from "../../ui/field";
import { Notice } from "../../ui/parts";
import { useDraft, type Draft } from "./draft";
import { Progress } from "./progress";
import { Limited, QuotaLine } from "./quota";
import { Suggestions } from "./suggestions";
import "./create.css";

const TITLE_MAX = 200;
const DESCRIPTION_MAX = 10_000;
const URGENCIES = ["low", "medium", "high", "critical"] as const;

async function send({ title, description, urgency, session, key }: Draft) {
  const made = await take(
    api.POST("/tickets", {
      params: { header: { "Idempotency-Key": key } },
      body: { title: title.trim(), description: description.trim(), urgency, ...(session && { session_id: session }) },
    }),
  );
  return "id" in made ? made.id : made.ticket_id;
}

export function NewTicketPage() {
  useTitle(text.create.title);
  const navigate = useNavigate();
  const { draft, change, renew, discard } = useDraft(useSearch({ from: "/app/tickets/new" }));
  const [checked, setChecked] = useState(false);
  const quota = useQuery({ queryKey: keys.quota, queryFn: () => take(api.GET("/quota")) });
  const create = useMutation({
    mutationFn: () => send(draft),
    onSuccess: (id) => {
      discard();
      void store.invalidateQueries({ queryKey: keys.tickets });
      void store.invalidateQueries({ queryKey: keys.quota });
      void navigate({ to: "/app/tickets/$ticketId", params: { ticketId: id }, replace: true });
    },
    onError: (error) => {
      void quota.refetch();
      if (error instanceof ApiProblem && !error.passing) {
        renew();
      }
    },
  });
  const problem = create.error instanceof ApiProblem ? create.error : undefined;
  const wrong = {
    title: checked && !draft.title.trim() ? text.create.empty : problem?.fields["title"],
    description: checked && !draft.description.trim() ? text.create.emptyDescription : problem?.fields["description"],
  };

  if (create.isPending) {
    return (
      <div className="page page-narrow stack">
        <h1>{text.create.working}</h1>
        <Progress done={[]} />
      </div>
    );
  }
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <h1>{text.create.title}</h1>
        <QuotaLine quota={quota.data} />
        <p>{text.create.lead}</p>
      </div>
      <form
        className="stack create"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setChecked(true);
          if (draft.title.trim() && draft.description.trim()) {
            create.mutate();
          }
        }}
      >
        {problem?.code === "RATE_LIMIT_EXCEEDED" ? (
          <Limited problem={problem} />
        ) : create.error && !problem?.fields["title"] && !problem?.fields["description"] ? (
          <Notice icon="alert" role="alert" tone="red">
            {create.error.message}
          </Notice>
        ) : null}
        <TextField
          error={wrong.title}
          hint={text.create.subjectHint}
          label={text.create.subject}
          maxLength={TITLE_MAX}
          onChange={({ target }) => change({ title: target.value })}
          required
          value={draft.title}
        />
        <Suggestions words={draft.title} />
        <TextArea
          error={wrong.description}
          hint={text.create.descriptionHint}
          label={text.create.description}
          maxLength={DESCRIPTION_MAX}
          onChange={({ target }) => change({ description: target.value })}
          required
          rows={7}
          value={draft.description}
        />
        <Choices
          choices={URGENCIES.map((urgency) => ({
            value: urgency,
            name: text.tickets.urgency[urgency],
            text: text.tickets.urgencyText[urgency],
          }))}
          legend={text.create.urgency}
          name="urgency"
          onChange={(urgency) => change({ urgency })}
          value={draft.urgency}
        />
        {draft.session ? (
          <Notice icon="spark">
            {text.create.conversation}{" "}
            <button className="button-link" onClick={() => change({ session: undefined })} type="button">
              {text.create.withoutConversation}
            </button>
          </Notice>
        ) : null}
        <div className="create-foot">
          <Button look="primary" type="submit">
            {text.create.submit}
          </Button>
          {draft.title || draft.description ? (
            <>
              <Button look="quiet" onClick={discard}>
                {text.create.discard}
              </Button>
              <span className="soft small">{text.create.draftKept}</span>
            </>
          ) : null}
        </div>
      </form>
    </div>
  );
}
