-- The knowledge base. Tags are a JSON list of texts.
CREATE TABLE articles (
    id BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    audience TEXT NOT NULL,
    tags TEXT NOT NULL,
    published INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- How each event about an article ended. An event that comes again ends as it did.
CREATE TABLE article_changes (
    article_id BLOB NOT NULL,
    event_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (article_id, event_id)
) STRICT, WITHOUT ROWID;
