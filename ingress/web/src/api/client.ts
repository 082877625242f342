import createClient from "openapi-fetch";

import { problemFrom, unreachable } from "./problem";
import type { paths } from "./schema.gen";
import { session } from "./session";

/** Sends a request with the access token; with a new one when the desk does not take it. */
export async function authorized(request: Request): Promise<Response> {
  const again = request.clone();
  const answer = await send(request);
  return answer.status === 401 && (await session.refresh()) ? send(again) : answer;
}

async function send(request: Request) {
  const token = await session.token();
  if (token) {
    request.headers.set("Authorization", `Bearer ${token}`);
  }
  return fetch(request).catch((error: unknown) => {
    throw request.signal.aborted ? error : unreachable();
  });
}

/** Every call of the desk, with its types from the OpenAPI document. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: authorized });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What a call gave, or its problem thrown. */
export async function take<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) {
    throw problemFrom(response.status, error, response.headers.get("Retry-After"));
  }
  return data as T;
}
