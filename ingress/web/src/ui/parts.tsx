import type { ReactNode } from "react";

import { text } from "../text";
import { Button } from "./button";
import { Icon, type IconName } from "./icon";

export type Tone = "grey" | "blue" | "green" | "amber" | "red";

export function Badge({ tone = "grey", icon, children }: { tone?: Tone; icon?: IconName; children: ReactNode }) {
  return (
    <span className={`badge badge-${tone}`}>
      {icon && <Icon name={icon} size={12} />}
      {children}
    </span>
  );
}

export function Avatar({ name, bot = false }: { name: string; bot?: boolean }) {
  return (
    <span aria-hidden="true" className={`avatar ${bot ? "avatar-bot" : ""}`}>
      {bot ? <Icon name="spark" size={14} /> : initials(name)}
    </span>
  );
}

function initials(name: string) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  return words.length > 1 ? `${words[0]?.at(0) ?? ""}${words[1]?.at(0) ?? ""}` : name.slice(0, 2);
}

export function Notice({ tone = "grey", icon, children, role }: { tone?: Tone; icon?: IconName; children: ReactNode; role?: "alert" | "status" }) {
  return (
    <div className={`notice notice-${tone}`} role={role}>
      {icon && <Icon name={icon} />}
      <div>{children}</div>
    </div>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  /** It is all that the page has to say. */
  whole?: boolean;
}

/** What is shown where there is nothing. */
export function Empty({ icon, title, children, action, whole = false }: EmptyProps) {
  return (
    <div className="empty">
      <Icon name={icon} size={28} />
      {whole ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children ? <p>{children}</p> : null}
      {action}
    </div>
  );
}

export function Skeleton({ width = "100%" }: { width?: string }) {
  return <span className="skeleton" style={{ width }} />;
}

/** Rows that are on their way. */
export function SkeletonRows({ rows = 6 }: { rows?: number }) {
  return (
    <div aria-busy="true" aria-label={text.common.loading} className="skeleton-rows" role="status">
      {Array.from({ length: rows }, (_, row) => (
        <div className="skeleton-row" key={row}>
          <Skeleton width={`${String(38 + ((row * 17) % 35))}%`} />
          <Skeleton width={`${String(18 + ((row * 11) % 14))}%`} />
        </div>
      ))}
    </div>
  );
}

/** What could not be loaded, and the way to try again. */
export function Failed({ error, retry }: { error: Error; retry?: () => unknown }) {
  return (
    <Empty
      action={retry && <Button icon="retry" onClick={() => void retry()}>{text.common.tryAgain}</Button>}
      icon="alert"
      title={text.common.failed}
    >
      {error.message}
    </Empty>
  );
}

/** What may be wider than the page, and is then scrolled: by the keyboard, too. */
export function Scrolled({ label, className = "", children }: { label: string; className?: string; children: ReactNode }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard
    <div aria-label={label} className={`table-wrap ${className}`} role="region" tabIndex={0}>
      {children}
    </div>
  );
}

/** A pane beside the page's main matter, scrolled by itself. */
export function Pane({ label, className, children }: { label: string; className: string; children: ReactNode }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keyboard
    <aside aria-label={label} className={className} tabIndex={0}>
      {children}
    </aside>
  );
}
