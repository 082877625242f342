import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";

import { session } from "../api/session";
import { readAgentSearch, readFlaggedSearch, readLoginSearch, readNewSearch, readTicketSearch, readWords } from "./search";
import { Crashed, NotFound, Pending } from "./states";
import { startOf } from "./nav";
import { Shell } from "./shell";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Crashed });

const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: async () => {
    await session.restore();
    throw redirect({ to: session.user ? startOf(session.user) : "/app", replace: true });
  },
});

const login = createRoute({
  getParentRoute: () => root,
  path: "/app/login",
  validateSearch: readLoginSearch,
  component: lazyRouteComponent(() => import("../pages/login/login"), "LoginPage"),
});

/** All that is behind the login. */
const app = createRoute({
  getParentRoute: () => root,
  path: "/app",
  beforeLoad: async ({ location }) => {
    if (!(await session.restore())) {
      throw redirect({ to: "/app/login", search: { next: location.href === "/app" ? undefined : location.href }, replace: true });
    }
  },
  component: Shell,
});

const home = createRoute({
  getParentRoute: () => app,
  path: "/",
  component: lazyRouteComponent(() => import("../pages/home/home"), "HomePage"),
});
const tickets = createRoute({
  getParentRoute: () => app,
  path: "tickets",
  validateSearch: readTicketSearch,
  component: lazyRouteComponent(() => import("../pages/tickets/list"), "TicketListPage"),
});
const newTicket = createRoute({
  getParentRoute: () => app,
  path: "tickets/new",
  validateSearch: readNewSearch,
  component: lazyRouteComponent(() => import("../pages/tickets/create"), "NewTicketPage"),
});
const ticket = createRoute({
  getParentRoute: () => app,
  path: "tickets/$ticketId",
  component: lazyRouteComponent(() => import("../pages/tickets/ticket"), "TicketPage"),
});
const articles = createRoute({
  getParentRoute: () => app,
  path: "articles",
  validateSearch: readWords,
  component: lazyRouteComponent(() => import("../pages/articles/list"), "ArticleListPage"),
});
const article = createRoute({
  getParentRoute: () => app,
  path: "articles/$articleId",
  component: lazyRouteComponent(() => import("../pages/articles/article"), "ArticlePage"),
});
const account = createRoute({
  getParentRoute: () => app,
  path: "account",
  component: lazyRouteComponent(() => import("../pages/account/account"), "AccountPage"),
});

/** For agents and admins. */
const queue = createRoute({
  getParentRoute: () => app,
  path: "queue",
  validateSearch: readAgentSearch,
  beforeLoad: () => {
    if (session.user?.role === "user") {
      throw redirect({ to: "/app/tickets", replace: true });
    }
  },
  component: lazyRouteComponent(() => import("../pages/agent/queue"), "QueuePage"),
});
const queued = createRoute({
  getParentRoute: () => queue,
  path: "$ticketId",
  component: lazyRouteComponent(() => import("../pages/agent/desk"), "QueuedTicket"),
});

/** For admins. */
const admin = createRoute({
  getParentRoute: () => app,
  path: "admin",
  beforeLoad: () => {
    if (session.user?.role !== "admin") {
      throw redirect({ to: "/app", replace: true });
    }
  },
  component: Outlet,
});
const notifications = createRoute({
  getParentRoute: () => admin,
  path: "notifications",
  component: lazyRouteComponent(() => import("../pages/admin/notifications"), "NotificationsPage"),
});
const flagged = createRoute({
  getParentRoute: () => admin,
  path: "flagged",
  validateSearch: readFlaggedSearch,
  component: lazyRouteComponent(() => import("../pages/admin/flagged"), "FlaggedPage"),
});
const users = createRoute({
  getParentRoute: () => admin,
  path: "users",
  component: lazyRouteComponent(() => import("../pages/admin/users"), "UsersPage"),
});
const manageArticles = createRoute({
  getParentRoute: () => admin,
  path: "articles",
  component: lazyRouteComponent(() => import("../pages/admin/articles"), "ManageArticlesPage"),
});
const newArticle = createRoute({
  getParentRoute: () => admin,
  path: "articles/new",
  component: lazyRouteComponent(() => import("../pages/admin/edit-article"), "NewArticlePage"),
});
const editArticle = createRoute({
  getParentRoute: () => admin,
  path: "articles/$articleId",
  component: lazyRouteComponent(() => import("../pages/admin/edit-article"), "EditArticlePage"),
});
const system = createRoute({
  getParentRoute: () => admin,
  path: "system",
  component: lazyRouteComponent(() => import("../pages/admin/system"), "SystemPage"),
});

const routeTree = root.addChildren([
  start,
  login,
  app.addChildren([
    home,
    tickets,
    newTicket,
    ticket,
    articles,
    article,
    account,
    queue.addChildren([queued]),
    admin.addChildren([notifications, flagged, users, manageArticles, newArticle, editArticle, system]),
  ]),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  defaultPreloadDelay: 30,
  defaultPendingMs: 300,
  defaultPendingComponent: Pending,
  defaultErrorComponent: Crashed,
  defaultNotFoundComponent: NotFound,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
