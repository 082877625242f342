import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { store } from "../../api/store";
import type { Notification } from "../../api/types";
import { useTitle } from "../../app/title";
import { text } from "../../text";
import { Button, IconButton } from "../../ui/button";
import { Icon } from "../../ui/icon";
import { More } from "../../ui/more";
import { Empty, Failed, SkeletonRows } from "../../ui/parts";
import { Ago } from "../../ui/time";
import { complain } from "../../ui/toasts";
import "./admin.css";

const LIMIT = 30;
const LOOK_EVERY = 15_000;

async function markRead(ids: readonly string[]) {
  await Promise.all(ids.map((id) => take(api.POST("/notifications/{id}/read", { params: { path: { id } } }))));
}

export function NotificationsPage() {
  const list = useInfiniteQuery({
    queryKey: [...keys.notifications, "list"],
    queryFn: ({ pageParam }) => take(api.GET("/notifications", { params: { query: { limit: LIMIT, ...(pageParam && { before: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: ({ items }) => (items.length === LIMIT ? items.at(-1)?.created_at : undefined),
    refetchInterval: LOOK_EVERY,
  });
  const read = useMutation({
    mutationFn: markRead,
    onSettled: () => store.invalidateQueries({ queryKey: keys.notifications }),
    onError: complain,
  });
  const notices = list.data?.pages.flatMap(({ items }) => items) ?? [];
  const unread = notices.filter(({ read_at }) => !read_at);
  useTitle(text.admin.notifications, list.data?.pages[0]?.unread ?? 0);
  return (
    <div className="page page-narrow">
      <div className="page-head">
        <h1>{text.admin.notifications}</h1>
        {unread.length > 0 ? (
          <Button busy={read.isPending} className="push" icon="checks" onClick={() => read.mutate(unread.map(({ id }) => id))}>
            {text.admin.markAll}
          </Button>
        ) : null}
      </div>
      {list.isPending ? (
        <div className="card">
          <SkeletonRows />
        </div>
      ) : list.isError && !list.data ? (
        <Failed error={list.error} retry={list.refetch} />
      ) : notices.length > 0 ? (
        <ul className="card notice-list">
          {notices.map((notice) => (
            <Row key={notice.id} notice={notice} onRead={() => read.mutate([notice.id])} />
          ))}
        </ul>
      ) : (
        <Empty icon="bell" title={text.admin.notificationsEmpty}>
          {text.admin.notificationsEmptyText}
        </Empty>
      )}
      <More list={list} />
    </div>
  );
}

function Row({ notice, onRead }: { notice: Notification; onRead: () => void }) {
  return (
    <li className={notice.read_at ? "" : "unread"}>
      <Icon name="flag" />
      <Link
        onClick={() => {
          if (!notice.read_at) {
            onRead();
          }
        }}
        search={{ ticket: notice.ticket_id }}
        to="/app/admin/flagged"
      >
        {notice.text}
      </Link>
      <span className="soft small">
        <Ago at={notice.created_at} />
      </span>
      {notice.read_at ? <span className="notice-space" /> : <IconButton icon="check" label={text.admin.markRead} onClick={onRead} />}
    </li>
  );
}
