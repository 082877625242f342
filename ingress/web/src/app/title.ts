import { useEffect } from "react";

import { text } from "../text";

/** The window's title, with how many things wait for its reader. */
export function useTitle(title: string, count = 0) {
  useEffect(() => {
    document.title = `${count > 0 ? `(${String(count)}) ` : ""}${title} · ${text.common.product}`;
  }, [title, count]);
}
