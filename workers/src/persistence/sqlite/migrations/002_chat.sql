-- How far each person has read each ticket's conversation.
CREATE TABLE read_marks (
    ticket_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, user_id)
) STRICT, WITHOUT ROWID;

-- When the column before the `_at` was last changed, where it was: an older change that comes later does not count.
ALTER TABLE messages ADD COLUMN feedback_at TEXT;
ALTER TABLE users ADD COLUMN disabled_at TEXT;
ALTER TABLE users ADD COLUMN password_hash_at TEXT;
