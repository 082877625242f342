import { admin } from "./en/admin";
import { agent } from "./en/agent";
import { ask, articles } from "./en/knowledge";
import { account, common, login, nav, people, problems } from "./en/common";
import { chat, create, resolve, ticket, tickets } from "./en/tickets";

export const en = {
  locale: "en",
  account,
  admin,
  agent,
  articles,
  ask,
  chat,
  common,
  create,
  login,
  nav,
  people,
  problems,
  resolve,
  ticket,
  tickets,
};
