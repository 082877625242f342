import { lazy, Suspense } from "react";

const SafeMarkdown = lazy(() => import("./markdown"));

/** What may be more than words: marks of Markdown, markup, addresses, or several lines. */
const MARKED = /[*_`#<>[\]|~\\&]|https?:|www\.|@|^\s*(\d+[.)]|[-+])\s|\n/mu;

interface Props {
  children: string;
  onSource?: (number: number) => void;
  whole?: boolean;
}

/** What somebody wrote. Plain words, as most messages are, need no Markdown and are there at once. */
export function Prose({ children, onSource, whole = false }: Props) {
  const plain = <p className="plain-text">{children}</p>;
  if (!MARKED.test(children)) {
    return plain;
  }
  return (
    <Suspense fallback={plain}>
      <SafeMarkdown whole={whole} {...(onSource && { onSource })}>{children}</SafeMarkdown>
    </Suspense>
  );
}
