import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { api, take } from "../../api/client";
import { ApiProblem } from "../../api/problem";
import { session } from "../../api/session";
import type { LoginResponse } from "../../api/types";
import { useTitle } from "../../app/title";
import { useUser } from "../../app/user";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { Choices, TextField } from "../../ui/field";
import { Notice } from "../../ui/parts";
import { useTheme } from "../../ui/theme";
import { Moment } from "../../ui/time";
import { say } from "../../ui/toasts";
import "./account.css";

const THEMES = ["system", "light", "dark"] as const;

export function AccountPage() {
  useTitle(text.account.title);
  const user = useUser();
  const [theme, setTheme] = useTheme();
  if (!user) {
    return null;
  }
  return (
    <div className="page page-narrow account">
      <h1>{text.account.title}</h1>
      <section className="card card-body stack">
        <h2>{text.account.you}</h2>
        <dl className="facts">
          <dt>{text.login.username}</dt>
          <dd>{user.username}</dd>
          <dt>{text.account.role}</dt>
          <dd>{text.people.roles[user.role]}</dd>
          {user.department ? (
            <>
              <dt>{text.account.department}</dt>
              <dd>{user.department}</dd>
            </>
          ) : null}
          <dt>{text.account.since}</dt>
          <dd>
            <Moment at={user.created_at} />
          </dd>
        </dl>
      </section>
      <section className="card card-body">
        <Choices
          choices={THEMES.map((each) => ({ value: each, name: text.account.theme[each], text: text.account.themeText[each] }))}
          legend={text.account.appearance}
          name="theme"
          onChange={setTheme}
          value={theme}
        />
      </section>
      <PasswordForm username={user.username} />
    </div>
  );
}

function PasswordForm({ username }: { username: string }) {
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const change = useMutation({
    mutationFn: () => take<LoginResponse | undefined>(api.POST("/auth/password", { body: { current_password: current, new_password: fresh } })),
    onSuccess: (login) => {
      setCurrent("");
      setFresh("");
      if (login?.access_token) {
        session.adopt(login);
        say(text.account.changed);
      } else {
        // It will be changed, and every login is over.
        void session.signOut();
      }
    },
  });
  const problem = change.error instanceof ApiProblem ? change.error : undefined;
  const wrongCurrent = problem?.code === "INVALID_CREDENTIALS" ? problem.message : problem?.fields["current_password"];
  const wrongFresh = problem?.fields["new_password"];
  return (
    <form
      className="card card-body stack"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <h2>{text.account.password}</h2>
      <input autoComplete="username" hidden readOnly value={username} />
      {change.error && !wrongCurrent && !wrongFresh ? (
        <Notice icon="alert" role="alert" tone="red">
          {change.error.message}
        </Notice>
      ) : null}
      <TextField
        autoComplete="current-password"
        error={wrongCurrent}
        label={text.account.current}
        onChange={({ target }) => setCurrent(target.value)}
        required
        type="password"
        value={current}
      />
      <TextField
        autoComplete="new-password"
        error={wrongFresh}
        hint={text.account.freshHint}
        label={text.account.fresh}
        minLength={8}
        onChange={({ target }) => setFresh(target.value)}
        required
        type="password"
        value={fresh}
      />
      <div className="row">
        <Button busy={change.isPending} look="primary" type="submit">
          {text.account.change}
        </Button>
      </div>
    </form>
  );
}
