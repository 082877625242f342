import type { User } from "../api/types";
import { text } from "../text";
import type { IconName } from "../ui/icon";

export interface Place {
  to:
    | "/app"
    | "/app/tickets"
    | "/app/tickets/new"
    | "/app/articles"
    | "/app/queue"
    | "/app/account"
    | "/app/admin/notifications"
    | "/app/admin/flagged"
    | "/app/admin/users"
    | "/app/admin/articles"
    | "/app/admin/system";
  name: string;
  icon: IconName;
  /** Marked as where one is on this very page alone. */
  exact?: boolean;
}

const forAll: Place[] = [
  { to: "/app", name: text.nav.home, icon: "home", exact: true },
  { to: "/app/tickets", name: text.nav.tickets, icon: "ticket" },
  { to: "/app/articles", name: text.nav.articles, icon: "article" },
];
const forStaff: Place[] = [{ to: "/app/queue", name: text.nav.queue, icon: "inbox" }];
const forAdmins: Place[] = [
  { to: "/app/admin/notifications", name: text.nav.notifications, icon: "bell" },
  { to: "/app/admin/flagged", name: text.nav.flagged, icon: "flag" },
  { to: "/app/admin/users", name: text.nav.users, icon: "people" },
  { to: "/app/admin/articles", name: text.nav.manageArticles, icon: "article" },
  { to: "/app/admin/system", name: text.nav.system, icon: "pulse" },
];

/** The groups of places that somebody may go to. More of the desk gets its place here. */
export function placesOf({ role }: User): { name?: string; places: Place[] }[] {
  const staff = role === "user" ? [] : forStaff;
  const groups = [{ places: [...staff, ...forAll] }];
  return role === "admin" ? [...groups, { name: text.nav.administration, places: forAdmins }] : groups;
}

/** Where somebody's day begins. */
export function startOf({ role }: User) {
  return role === "user" ? "/app" : "/app/queue";
}
