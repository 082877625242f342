import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { store } from "../../api/store";
import type { User } from "../../api/types";
import { useTitle } from "../../app/title";
import { useUser } from "../../app/user";
import { text } from "../../text";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { SearchField } from "../../ui/field";
import { More } from "../../ui/more";
import { Avatar, Badge, Failed, Scrolled, SkeletonRows } from "../../ui/parts";
import { Moment } from "../../ui/time";
import { complain, say } from "../../ui/toasts";
import { NewUserDialog } from "./new-user";
import "./admin.css";

export function UsersPage() {
  useTitle(text.admin.users);
  const me = useUser();
  const [words, setWords] = useState("");
  const [making, setMaking] = useState(false);
  const [disabling, setDisabling] = useState<User>();
  const list = useInfiniteQuery({
    queryKey: keys.users,
    queryFn: ({ pageParam }) => take(api.GET("/users", { params: { query: { limit: "100", ...(pageParam && { after: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: ({ next_after }) => next_after,
  });
  const change = useMutation({
    mutationFn: ({ user, disabled }: { user: User; disabled: boolean }) =>
      take(api.PATCH("/users/{user_id}", { params: { path: { user_id: user.id } }, body: { disabled } })),
    onSuccess: () => {
      setDisabling(undefined);
      say(text.common.saved);
    },
    onSettled: () => store.invalidateQueries({ queryKey: keys.users }),
    onError: complain,
  });
  const all = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const shown = all.filter(({ username }) => username.toLowerCase().includes(words.toLowerCase()));
  return (
    <div className="page">
      <div className="page-head">
        <h1>{text.admin.users}</h1>
        <Button className="push" icon="plus" look="primary" onClick={() => setMaking(true)}>
          {text.admin.newUser}
        </Button>
      </div>
      <div className="admin-bar">
        <SearchField label={text.admin.userFilter} onChange={({ target }) => setWords(target.value)} value={words} />
      </div>
      {list.isPending ? (
        <div className="card">
          <SkeletonRows />
        </div>
      ) : list.isError && !list.data ? (
        <Failed error={list.error} retry={list.refetch} />
      ) : (
        <Scrolled className="card" label={text.admin.users}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{text.admin.username}</th>
                <th scope="col">{text.admin.role}</th>
                <th className="wide-column" scope="col">
                  {text.admin.created}
                </th>
                <th scope="col">
                  <span className="hidden-visually">{text.admin.disable}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((user) => (
                <tr key={user.id}>
                  <td>
                    <span className="row user-name">
                      <Avatar name={user.username} />
                      <span>{user.username}</span>
                      {user.id === me?.id ? <Badge tone="blue">{text.admin.yourself}</Badge> : null}
                      {user.disabled ? <Badge tone="red">{text.admin.disabled}</Badge> : null}
                    </span>
                  </td>
                  <td>
                    {text.people.roles[user.role]}
                    {user.department ? `, ${user.department}` : ""}
                  </td>
                  <td className="wide-column soft">
                    <Moment at={user.created_at} />
                  </td>
                  <td className="number">
                    {user.id === me?.id ? null : user.disabled ? (
                      <Button onClick={() => change.mutate({ user, disabled: false })}>{text.admin.enable}</Button>
                    ) : (
                      <Button look="danger" onClick={() => setDisabling(user)}>
                        {text.admin.disable}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
      <More list={list} />
      {making ? <NewUserDialog onClose={() => setMaking(false)} /> : null}
      {disabling ? (
        <Dialog onClose={() => setDisabling(undefined)} title={text.admin.disableTitle(disabling.username)}>
          <p className="soft">{text.admin.disableText}</p>
          <div className="dialog-foot">
            <Button look="quiet" onClick={() => setDisabling(undefined)}>
              {text.common.cancel}
            </Button>
            <Button busy={change.isPending} look="danger" onClick={() => change.mutate({ user: disabling, disabled: true })}>
              {text.admin.disable}
            </Button>
          </div>
        </Dialog>
      ) : null}
    </div>
  );
}
