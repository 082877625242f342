import type { UseInfiniteQueryResult } from "@tanstack/react-query";

import { text } from "../text";
import { Button } from "./button";

/** The way to the next page of a list; nothing where there is none. */
export function More({ list }: { list: Pick<UseInfiniteQueryResult, "hasNextPage" | "isFetchingNextPage" | "fetchNextPage"> }) {
  return list.hasNextPage ? (
    <div className="pages">
      <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        {text.common.more}
      </Button>
    </div>
  ) : null;
}
