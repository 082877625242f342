import type { ButtonHTMLAttributes } from "react";

import { Icon, type IconName } from "./icon";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "primary" | "plain" | "quiet" | "danger";
  icon?: IconName;
  busy?: boolean;
}

export function Button({ look = "plain", icon, busy = false, children, className = "", ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={busy || undefined}
      className={`button button-${look} ${className}`}
      disabled={(rest.disabled ?? false) || busy}
    >
      {busy ? <span className="spinner" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button that is a drawing alone; `label` is its name. */
export function IconButton({ label, icon, ...rest }: { label: string; icon: IconName } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button type="button" title={label} {...rest} aria-label={label} className="button button-quiet button-icon">
      <Icon name={icon} size={18} />
    </button>
  );
}
