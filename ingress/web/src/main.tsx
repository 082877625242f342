import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/controls.css";
import "./ui/parts.css";
import "./ui/overlays.css";
import "./ui/marks.css";
import "./app/shell.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { session } from "./api/session";
import { store } from "./api/store";
import { router } from "./app/router";
import { Toasts } from "./ui/toasts";

let person = session.user?.id;
session.subscribe(() => {
  const now = session.user?.id;
  if (now !== person) {
    // What one person was answered is not for the next one.
    store.clear();
    person = now;
    void router.invalidate();
  }
});

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={store}>
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </StrictMode>,
  );
}
