import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { ApiProblem } from "../../api/problem";
import { store } from "../../api/store";
import type { Role } from "../../api/types";
import { DEPARTMENTS, type Department } from "../../app/search";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { SelectField, TextField } from "../../ui/field";
import { Notice } from "../../ui/parts";
import { say } from "../../ui/toasts";

const ROLES = ["user", "agent", "admin"] as const satisfies readonly Role[];

export function NewUserDialog({ onClose }: { onClose: () => void }) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("user");
  const [department, setDepartment] = useState<Department>("IT");
  const make = useMutation({
    mutationFn: () =>
      take(api.POST("/users", { body: { username, password, role, department: role === "agent" ? department : null } })),
    onSuccess: () => {
      void store.invalidateQueries({ queryKey: keys.users });
      void store.invalidateQueries({ queryKey: keys.agents });
      onClose();
      say(text.admin.userCreated);
    },
  });
  const problem = make.error instanceof ApiProblem ? make.error : undefined;
  const wrongName = problem?.code === "USERNAME_TAKEN" ? problem.message : problem?.fields["username"];
  const wrongPassword = problem?.fields["password"];
  return (
    <Dialog onClose={onClose} title={text.admin.newUser}>
      <form
        autoComplete="off"
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        {make.error && !wrongName && !wrongPassword ? (
          <Notice icon="alert" role="alert" tone="red">
            {make.error.message}
          </Notice>
        ) : null}
        <TextField
          autoComplete="off"
          error={wrongName}
          hint={text.admin.usernameHint}
          label={text.admin.username}
          onChange={({ target }) => setUsername(target.value)}
          required
          value={username}
        />
        <TextField
          autoComplete="new-password"
          error={wrongPassword}
          hint={text.admin.passwordHint}
          label={text.admin.password}
          minLength={8}
          onChange={({ target }) => setPassword(target.value)}
          required
          type="password"
          value={password}
        />
        <SelectField label={text.admin.role} onChange={({ target }) => setRole(target.value as Role)} value={role}>
          {ROLES.map((each) => (
            <option key={each} value={each}>
              {text.people.roles[each]}
            </option>
          ))}
        </SelectField>
        {role === "agent" ? (
          <SelectField
            label={text.admin.department}
            onChange={({ target }) => setDepartment(target.value as Department)}
            value={department}
          >
            {DEPARTMENTS.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </SelectField>
        ) : null}
        <div className="dialog-foot">
          <Button look="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button busy={make.isPending} look="primary" type="submit">
            {text.admin.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
