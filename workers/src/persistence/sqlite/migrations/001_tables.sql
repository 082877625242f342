-- Ids are the 16 bytes of a UUID, which sort as the ids do. Times are RFC 3339 in UTC with nine digits of fraction,
-- which sort as the times do. Enumerations are their words on the wire.

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    folded_username TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    department TEXT,
    disabled INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    password_hash TEXT NOT NULL
) STRICT;
CREATE INDEX users_by_role ON users (role, id);

CREATE TABLE departments (
    department TEXT NOT NULL PRIMARY KEY,
    agent_id BLOB REFERENCES users (id)
) STRICT;
INSERT INTO departments (department) VALUES ('IT'), ('HR');

CREATE TABLE tickets (
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    user_id BLOB NOT NULL,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    urgency TEXT NOT NULL,
    status TEXT NOT NULL,
    department TEXT,
    assignee_id BLOB,
    misuse_flag INTEGER NOT NULL,
    feedback TEXT,
    rating INTEGER,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    resolved_at TEXT,
    closed_at TEXT
) STRICT;
CREATE INDEX tickets_by_user ON tickets (user_id, id);
CREATE INDEX tickets_by_department ON tickets (department, id);
CREATE INDEX tickets_by_department_status ON tickets (department, status, id);
CREATE INDEX tickets_by_status ON tickets (status, id);

-- No foreign key: a request about a ticket that never was is on record too.
CREATE TABLE ticket_changes (
    ticket_id BLOB NOT NULL,
    event_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (ticket_id, event_id)
) STRICT;

CREATE TABLE messages (
    id BLOB NOT NULL PRIMARY KEY,
    ticket_id BLOB NOT NULL REFERENCES tickets (id),
    seq INTEGER NOT NULL,
    sender_id BLOB NOT NULL,
    sender_role TEXT NOT NULL,
    content TEXT NOT NULL,
    is_ai INTEGER NOT NULL,
    feedback TEXT NOT NULL,
    timestamp TEXT NOT NULL,
    client_message_id TEXT,
    UNIQUE (ticket_id, seq)
) STRICT;
CREATE UNIQUE INDEX messages_by_client_id ON messages (ticket_id, sender_id, client_message_id)
WHERE client_message_id IS NOT NULL;

CREATE TABLE notifications (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL,
    topic TEXT NOT NULL,
    ticket_id BLOB NOT NULL,
    text TEXT NOT NULL,
    created_at TEXT NOT NULL,
    read_at TEXT
) STRICT;
CREATE INDEX notifications_by_user ON notifications (user_id, created_at, id);
CREATE INDEX notifications_unread ON notifications (user_id) WHERE read_at IS NULL;

CREATE TABLE deliveries (
    id BLOB NOT NULL PRIMARY KEY,
    hook TEXT NOT NULL,
    ticket_id BLOB NOT NULL,
    url TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    status INTEGER,
    error TEXT,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX deliveries_by_ticket ON deliveries (ticket_id, at, id);
