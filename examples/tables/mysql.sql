CREATE TABLE aliases (address varchar(320) NOT NULL, target varchar(320) NOT NULL, KEY (address));
CREATE TABLE settings (address varchar(320) PRIMARY KEY, settings text NOT NULL);

INSERT INTO aliases VALUES
	('info@example.com', 'ann@example.com'),
	('@example.net', '@example.com');
INSERT INTO settings VALUES
	('ann@example.com', 'quota = 2G, label = no'),
	('bob@example.com', 'spam_action = mark');

CREATE USER mda@localhost IDENTIFIED BY 'change me';
GRANT SELECT ON mail.* TO mda@localhost;
