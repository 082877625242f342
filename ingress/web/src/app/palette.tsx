import { useNavigate } from "@tanstack/react-router";
import { useEffect, useId, useMemo, useRef, useState } from "react";

import { session } from "../api/session";
import { knownTickets } from "../api/tickets";
import type { User } from "../api/types";
import { text } from "../text";
import { Icon, type IconName } from "../ui/icon";
import { useTheme } from "../ui/theme";
import { placesOf } from "./nav";
import "./palette.css";

const TICKETS = 8;

interface Entry {
  key: string;
  group: string;
  name: string;
  icon: IconName;
  run: () => void;
}

/** Everything that one may go to or do, found by typing a part of its name. */
export default function Palette({ user, onClose }: { user: User; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState(0);
  const entries = useEntries(user);
  const shown = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const found = entries.filter(({ name }) => wanted.every((word) => name.toLowerCase().includes(word)));
    let tickets = 0;
    return found.filter(({ group }) => group !== text.nav.groups.tickets || ++tickets <= TICKETS);
  }, [entries, words]);
  const at = Math.min(chosen, shown.length - 1);

  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const run = (entry: Entry | undefined) => {
    if (entry) {
      onClose();
      entry.run();
    }
  };
  return (
    <dialog aria-label={text.nav.palette} className="dialog palette" onClose={onClose} ref={dialog}>
      <div className="palette-field">
        <Icon name="search" size={18} />
        <input
          aria-activedescendant={at >= 0 ? `${id}-${String(at)}` : undefined}
          aria-autocomplete="list"
          aria-controls={`${id}-list`}
          aria-expanded="true"
          aria-label={text.nav.palette}
          onChange={({ target }) => {
            setWords(target.value);
            setChosen(0);
          }}
          onKeyDown={(event) => {
            const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (by) {
              event.preventDefault();
              setChosen((Math.max(at, 0) + by + shown.length) % Math.max(shown.length, 1));
            } else if (event.key === "Enter") {
              event.preventDefault();
              run(shown[at]);
            }
          }}
          placeholder={text.nav.paletteHint}
          role="combobox"
          value={words}
        />
      </div>
      <div aria-label={text.nav.palette} className="palette-list" id={`${id}-list`} ref={list} role="listbox">
        {shown.map((entry, index) => (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys are the field's
          <div
            aria-selected={index === at}
            className="palette-entry"
            id={`${id}-${String(index)}`}
            key={entry.key}
            onClick={() => run(entry)}
            onPointerMove={() => setChosen(index)}
            role="option"
            tabIndex={-1}
          >
            <Icon name={entry.icon} />
            <span className="cut">{entry.name}</span>
            <span className="soft small push">{entry.group}</span>
          </div>
        ))}
      </div>
      {shown.length === 0 ? <p className="palette-empty soft">{text.nav.paletteEmpty}</p> : null}
    </dialog>
  );
}

function useEntries(user: User): Entry[] {
  const navigate = useNavigate();
  const [theme, setTheme] = useTheme();
  return useMemo(() => {
    const { go, tickets, actions } = text.nav.groups;
    const places = placesOf(user).flatMap((group) => group.places);
    const next = theme === "dark" ? "light" : "dark";
    return [
      ...places.map(({ to, name, icon }): Entry => ({ key: to, group: go, name, icon, run: () => void navigate({ to }) })),
      { key: "account", group: go, name: text.nav.account, icon: "person", run: () => void navigate({ to: "/app/account" }) },
      { key: "new", group: actions, name: text.nav.newTicket, icon: "plus", run: () => void navigate({ to: "/app/tickets/new" }) },
      {
        key: "theme",
        group: actions,
        name: `${text.account.appearance}: ${text.account.theme[next]}`,
        icon: next === "dark" ? "moon" : "sun",
        run: () => setTheme(next),
      },
      {
        key: "out",
        group: actions,
        name: text.nav.signOut,
        icon: "logout",
        run: () => void session.signOut().then(() => navigate({ to: "/app/login", search: {} })),
      },
      ...knownTickets().map(
        ({ id, title }): Entry => ({
          key: id,
          group: tickets,
          name: title,
          icon: "ticket",
          run: () =>
            void navigate(
              user.role === "user"
                ? { to: "/app/tickets/$ticketId", params: { ticketId: id } }
                : { to: "/app/queue/$ticketId", params: { ticketId: id } },
            ),
        }),
      ),
    ];
  }, [user, theme, setTheme, navigate]);
}
