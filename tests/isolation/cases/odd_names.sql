-- Names that need quotes, are keywords, or hold quotes, dots and percent signs.
CREATE SCHEMA "Mixed Case";
CREATE TABLE "Mixed Case"."Or.ders ""x""" ("Id" int PRIMARY KEY, "100%s" text, "user" text, "it's" int);
CREATE TABLE "select" ("from" int PRIMARY KEY, "where" text);
CREATE TABLE integration (il_row text, il_old text, il_new text, g text, r int PRIMARY KEY, u text, c text, image text);
CREATE TABLE noting (tg_relid int PRIMARY KEY, tg_op text, tg_argv text, own text, noted int, rest text, block int, new text, old text);
INSERT INTO "Mixed Case"."Or.ders ""x""" VALUES (1, '%', 'u', 1); INSERT INTO noting SELECT i FROM generate_series(1, 1200) AS i;
CREATE TABLE "100%s" ("50%1$s" int, "%I" int, PRIMARY KEY ("50%1$s", "%I")); INSERT INTO "100%s" VALUES (1, 1), (2, 2);
INSERT INTO "select" VALUES (1, 'a');
INSERT INTO integration VALUES ('a', 'b', 'c', 'd', 1, 'e', 'f', 'g');

-- program
UPDATE "Mixed Case"."Or.ders ""x""" SET "100%s" = '%s', "it's" = 2;
INSERT INTO "Mixed Case"."Or.ders ""x""" VALUES (2);
UPDATE "select" SET "where" = NULL;
UPDATE integration SET il_row = 'z', u = NULL, image = ''; INSERT INTO integration (r) VALUES (2);
UPDATE "100%s" SET "%I" = 3 WHERE "%I" = 2; DELETE FROM "100%s" WHERE "%I" = 1; INSERT INTO "100%s" VALUES (7, 7);
INSERT INTO noting SELECT -i FROM generate_series(1, 1200) AS i; UPDATE noting SET own = 'x'; DELETE FROM noting WHERE tg_relid > 5;
