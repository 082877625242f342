import { QueryClient } from "@tanstack/react-query";

import { ApiProblem } from "./problem";

const RETRIES = 4;

/** What the desk answered, kept while the page is open. */
export const store = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      gcTime: 10 * 60_000,
      // What is wrong stays wrong; what is away may come back.
      retry: (failures, error) => failures < RETRIES && !(error instanceof ApiProblem && !error.passing),
      retryDelay: (failures) => Math.min(500 * 2 ** failures, 5_000),
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});
