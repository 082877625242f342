import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import type { DeadLetter } from "../../api/types";
import { useTitle } from "../../app/title";
import { text } from "../../text";
import { More } from "../../ui/more";
import { Badge, Empty, Failed, Scrolled, SkeletonRows } from "../../ui/parts";
import { Ago } from "../../ui/time";
import "./admin.css";

const LOOK_EVERY = 3_000;

export function SystemPage() {
  useTitle(text.admin.system);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{text.admin.system}</h1>
        <p>{text.admin.systemLead}</p>
      </div>
      <Pools />
      <DeadLetters />
    </div>
  );
}

function Pools() {
  const pools = useQuery({ queryKey: keys.pools, queryFn: () => take(api.GET("/pools")), refetchInterval: LOOK_EVERY });
  return (
    <section className="stack-gap system-part">
      <h2>{text.admin.pools}</h2>
      {pools.isPending ? (
        <div className="card">
          <SkeletonRows rows={4} />
        </div>
      ) : pools.isError ? (
        <Failed error={pools.error} retry={pools.refetch} />
      ) : (
        <Scrolled className="card" label={text.admin.pools}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{text.admin.pool}</th>
                <th className="number" scope="col">
                  {text.admin.waiting}
                </th>
                <th className="number" scope="col">
                  {text.admin.underWay}
                </th>
                <th className="number" scope="col">
                  {text.admin.redelivered}
                </th>
              </tr>
            </thead>
            <tbody>
              {pools.data.items.map(({ pool, waiting, under_way, again }) => (
                <tr key={pool}>
                  <td>{pool}</td>
                  <td className="number">{waiting.toLocaleString(text.locale)}</td>
                  <td className="number">{under_way.toLocaleString(text.locale)}</td>
                  <td className="number">{again.toLocaleString(text.locale)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolled>
      )}
    </section>
  );
}

function DeadLetters() {
  const list = useInfiniteQuery({
    queryKey: keys.deadLetters,
    queryFn: ({ pageParam }) =>
      take(api.GET("/dead-letters", { params: { query: { limit: "20", ...(pageParam && { before: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: ({ next_before }) => next_before?.toString(),
  });
  const letters = list.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <section className="stack-gap system-part">
      <h2>{text.admin.dead}</h2>
      {list.isPending ? (
        <div className="card">
          <SkeletonRows rows={2} />
        </div>
      ) : list.isError && !list.data ? (
        <Failed error={list.error} retry={list.refetch} />
      ) : letters.length > 0 ? (
        <ul className="card letters">
          {letters.map((letter) => (
            <Letter key={letter.place} letter={letter} />
          ))}
        </ul>
      ) : (
        <div className="card">
          <Empty icon="check" title={text.admin.deadEmpty}>
            {text.admin.deadEmptyText}
          </Empty>
        </div>
      )}
      <More list={list} />
    </section>
  );
}

function Letter({ letter }: { letter: DeadLetter }) {
  const { pool, cause, attempts, failed_at, subject, headers, payload } = letter;
  return (
    <li>
      <details>
        <summary>
          <Badge tone="red">{pool}</Badge>
          <span className="letter-cause">{cause}</span>
          <span className="soft small">
            {text.admin.attempts(attempts)}, <Ago at={failed_at} />
          </span>
        </summary>
        <dl className="facts">
          <dt>{text.admin.event}</dt>
          <dd>{subject}</dd>
          {Object.entries(headers).map(([name, value]) => (
            <div className="letter-header" key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <h3>{text.admin.original}</h3>
        <pre>{typeof payload === "string" ? payload : JSON.stringify(payload, null, 2)}</pre>
      </details>
    </li>
  );
}
