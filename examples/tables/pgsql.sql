CREATE TABLE aliases (address text NOT NULL, target text NOT NULL);
CREATE INDEX ON aliases (address);
CREATE TABLE settings (address text PRIMARY KEY, settings text NOT NULL);

INSERT INTO aliases VALUES
	('info@example.com', 'ann@example.com'),
	('@example.net', '@example.com');
INSERT INTO settings VALUES
	('ann@example.com', 'quota = 2G, label = no'),
	('bob@example.com', 'spam_action = mark');

CREATE ROLE mda LOGIN PASSWORD 'change me';
GRANT SELECT ON aliases, settings TO mda;
