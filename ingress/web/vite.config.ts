import react from "@vitejs/plugin-react";
import process from "node:process";
import { defineConfig } from "vite";

/** Where a running desk listens, for `npm run dev`; the page itself is at Vite's own address then. */
const desk = process.env["DESK"] ?? "http://127.0.0.1:8080";

/** The API's first path segments; everything else is the page's. */
const api = ["ai", "articles", "auth", "dead-letters", "health", "notifications", "people", "pools", "quota", "tickets", "users"];

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2023",
    // `light-dark()` as it is written.
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    // Nothing is put into the page as a data: address, which the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      ...Object.fromEntries(api.map((path) => [`^/${path}(/|\\?|$)`, { target: desk }])),
      "/ws": { target: desk, ws: true, headers: { origin: desk } },
    },
  },
});
