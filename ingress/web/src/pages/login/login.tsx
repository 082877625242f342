import { useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { session } from "../../api/session";
import { startOf } from "../../app/nav";
import { useTitle } from "../../app/title";
import { useUser } from "../../app/user";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { TextField } from "../../ui/field";
import { Notice } from "../../ui/parts";
import "./login.css";

export function LoginPage() {
  useTitle(text.login.submit);
  const { next } = useSearch({ from: "/app/login" });
  const navigate = useNavigate();
  const user = useUser();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({ mutationFn: () => session.signIn(username, password) });

  // Also when it happens in another tab and this one is told by its cookie on loading.
  useEffect(() => {
    if (user) {
      void navigate({ to: next ?? startOf(user), replace: true });
    }
  }, [user, next, navigate]);

  return (
    <main className="login">
      <form
        className="login-form"
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate();
        }}
      >
        <img alt="" height="36" src="/favicon.svg" width="36" />
        <div>
          <h1>{text.login.title}</h1>
          <p className="soft">{text.login.lead}</p>
        </div>
        {signIn.error ? (
          <Notice icon="alert" role="alert" tone="red">
            {signIn.error.message}
          </Notice>
        ) : next ? (
          <Notice icon="clock">{text.login.ended}</Notice>
        ) : null}
        <TextField
          autoCapitalize="none"
          autoComplete="username"
          label={text.login.username}
          name="username"
          onChange={({ target }) => setUsername(target.value)}
          required
          spellCheck={false}
          value={username}
        />
        <TextField
          autoComplete="current-password"
          label={text.login.password}
          name="password"
          onChange={({ target }) => setPassword(target.value)}
          required
          type="password"
          value={password}
        />
        <Button busy={signIn.isPending} look="primary" type="submit">
          {text.login.submit}
        </Button>
      </form>
    </main>
  );
}
