import { en } from "./en";

/** Every word that the page shows. Another language is another object of this type. */
export type Text = typeof en;

export const text: Text = en;
