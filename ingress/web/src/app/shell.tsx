import { Link, Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";

import type { User } from "../api/types";
import { session } from "../api/session";
import { text } from "../text";
import { Button, IconButton } from "../ui/button";
import { Icon } from "../ui/icon";
import { Avatar } from "../ui/parts";
import { placesOf } from "./nav";
import { useUnreadNotices } from "./notices";
import { useUser } from "./user";

const Palette = lazy(() => import("./palette"));

/** The frame of every page behind the login. */
export function Shell() {
  const user = useUser();
  const [palette, setPalette] = useState(false);
  const [menu, setMenu] = useState(false);
  const main = useFocusOnNewPage();
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        setPalette((open) => !open);
      }
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
  if (!user) {
    return null;
  }
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {text.common.skip}
      </a>
      <header className="topbar">
        <IconButton aria-expanded={menu} icon="menu" label={text.nav.menu} onClick={() => setMenu(true)} />
        <Brand />
        <IconButton icon="search" label={text.nav.palette} onClick={() => setPalette(true)} />
      </header>
      <aside className="sidebar">
        <Menu onPalette={() => setPalette(true)} user={user} />
      </aside>
      {menu ? <Drawer onClose={() => setMenu(false)} user={user} /> : null}
      <main className="main" id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
      {palette ? (
        <Suspense fallback={null}>
          <Palette onClose={() => setPalette(false)} user={user} />
        </Suspense>
      ) : null}
    </div>
  );
}

/** On another page the focus begins at its top, as it would after loading it. */
function useFocusOnNewPage() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current !== pathname) {
      before.current = pathname;
      const inside = main.current?.contains(document.activeElement) && document.activeElement !== document.body;
      if (!inside) {
        main.current?.focus({ preventScroll: true });
      }
    }
  }, [pathname]);
  return main;
}

function Brand() {
  return (
    <Link className="brand" to="/">
      <img alt="" height="22" src="/favicon.svg" width="22" />
      {text.common.product}
    </Link>
  );
}

function Menu({ user, onPalette }: { user: User; onPalette?: () => void }) {
  const unread = useUnreadNotices(user);
  const navigate = useNavigate();
  return (
    <>
      <div className="sidebar-head">
        <Brand />
        {onPalette ? <IconButton icon="search" label={`${text.nav.palette} (Ctrl K)`} onClick={onPalette} /> : null}
      </div>
      <Link className="button button-primary" to="/app/tickets/new">
        <Icon name="plus" />
        {text.nav.newTicket}
      </Link>
      <nav aria-label={text.nav.main} className="nav">
        {placesOf(user).map(({ name, places }) => (
          <div key={name ?? ""}>
            {name ? <h2 className="nav-group">{name}</h2> : null}
            <ul>
              {places.map(({ to, name: place, icon, exact }) => (
                <li key={to}>
                  <Link activeOptions={{ exact: exact ?? false, includeSearch: false }} className="nav-link" to={to}>
                    <Icon name={icon} />
                    {place}
                    {to === "/app/admin/notifications" && unread > 0 ? (
                      <span aria-label={text.nav.unread(unread)} className="count push">
                        {unread}
                      </span>
                    ) : null}
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
      <div className="sidebar-foot">
        <Link className="nav-link person-link" title={text.nav.account} to="/app/account">
          <Avatar name={user.username} />
          <span className="person-name">
            <span className="cut">{user.username}</span>
            <span className="soft small cut">{text.people.roles[user.role]}{user.department ? `, ${user.department}` : ""}</span>
          </span>
        </Link>
        <IconButton
          icon="logout"
          label={text.nav.signOut}
          onClick={() => void session.signOut().then(() => navigate({ to: "/app/login", search: {} }))}
        />
      </div>
    </>
  );
}

/** The menu over the page, on a phone. */
function Drawer({ user, onClose }: { user: User; onClose: () => void }) {
  const element = useRef<HTMLDialogElement>(null);
  const { pathname } = useLocation();
  const opened = useRef(pathname);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  useEffect(() => {
    if (opened.current !== pathname) {
      onClose();
    }
  }, [pathname, onClose]);
  return (
    <dialog aria-label={text.nav.menu} className="drawer" onClose={onClose} ref={element}>
      <Menu user={user} />
      <Button icon="close" look="quiet" onClick={onClose}>
        {text.common.close}
      </Button>
    </dialog>
  );
}
