import { useQuery } from "@tanstack/react-query";

import { api, take } from "../api/client";
import { keys } from "../api/keys";
import type { User } from "../api/types";

const LOOK_EVERY = 20_000;

/** How many notices an admin has not read. */
export function useUnreadNotices({ role }: User) {
  const found = useQuery({
    queryKey: [...keys.notifications, "count"],
    queryFn: () => take(api.GET("/notifications", { params: { query: { limit: 1 } } })),
    enabled: role === "admin",
    refetchInterval: LOOK_EVERY,
  });
  return found.data?.unread ?? 0;
}
