import { useSyncExternalStore } from "react";

import { session } from "../api/session";

/** Who is signed in; behind the login somebody always is, but for the moment of signing out. */
export function useUser() {
  return useSyncExternalStore(session.subscribe, () => session.user);
}
