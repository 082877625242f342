import type { ApiProblem } from "../../api/problem";
import type { Quota } from "../../api/types";
import { text } from "../../text";
import { timeOfDay } from "../../text/format";
import { Notice } from "../../ui/parts";

/** How many tickets one may still send, and when the next slot is free once there is none. */
export function QuotaLine({ quota }: { quota: Quota | undefined }) {
  if (!quota) {
    return null;
  }
  const left = Math.max(0, quota.limit - quota.used);
  return (
    <span className="soft push">
      {quota.next_slot_at ? text.create.quotaNext(left, quota.limit, timeOfDay(quota.next_slot_at)) : text.create.quota(left, quota.limit)}
    </span>
  );
}

/** Why a ticket was not taken, when there is no slot left. */
export function Limited({ problem }: { problem: ApiProblem }) {
  const { limit, window_seconds: window, retry_at: retry } = problem.more;
  const known = typeof limit === "number" && typeof window === "number" && typeof retry === "string";
  return (
    <Notice icon="clock" role="alert" tone="amber">
      <strong>{text.create.limited}</strong>
      <br />
      {known ? text.create.limitedText(limit, Math.round(window / 3_600), timeOfDay(retry)) : problem.message}
    </Notice>
  );
}
