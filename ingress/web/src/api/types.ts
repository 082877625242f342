import type { paths } from "./schema.gen";

export type {
  Article,
  ArticleItem,
  LoginResponse,
  Message,
  Notification,
  Processing,
  Quota,
  ResolveRequest,
  Role,
  SenderRole,
  Ticket,
  TicketItem,
  TicketList,
  TicketView,
  User,
} from "./schema.gen";

/** The body of a successful answer. */
type Body<Call> = Call extends { responses: { 200: { content: { "application/json": infer Content } } } } ? Content : never;

export type Person = Body<paths["/people"]["get"]>["items"][number];
export type Verdict = Body<paths["/tickets/{ticket_id}/verdict"]["get"]>;
export type DeadLetter = Body<paths["/dead-letters"]["get"]>["items"][number];
/** What the bot says to a question. */
export type Answer = Body<paths["/ai/self-serve-query"]["post"]>;
export type Source = Answer["sources"][number];
