/*
 * PostgreSQL in the suite.
 */
#include "server.h"

static const engine_word words[] = {
    {"conflicts", "SELECT string_agg(#1, '; ' ORDER BY collection COLLATE \"C\", \"key\" COLLATE "
                  "\"C\") FROM ingitdb_sync_conflicts"},
    {"Taken", "taken"},
    {"big_t", "t"},
    {"infinity", "'Infinity'"},
    {"infinity_shown", "<Infinity>"},
    {"bad_date", "'infinity'"}, /* there are no others */
    {"bad_date_shown", "infinity"},
    {"loose_json_shown", "{\"a\":2,\"b\":1}"}, /* a jsonb has one form */
    {"loose_json_recorded", "{\"b\":1}"},
    {"duplicate_said", "unique"},
    {"mine_refers_to", "SELECT confrelid::regclass FROM pg_constraint WHERE conrelid = "
                       "'mine'::regclass AND contype = 'f'"},
    {"count_named", "SELECT count(DISTINCT name) FROM (SELECT relname AS name FROM pg_class WHERE "
                    "relnamespace = current_schema()::regnamespace UNION ALL SELECT tgname FROM "
                    "pg_trigger WHERE NOT tgisinternal) AS named WHERE name IN (#1)"},
    {"count_leftovers",
     "SELECT count(*) FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND NOT "
     "a.attisdropped WHERE c.relname ~ '^ingitdb_(old|new)' OR a.attname ~ '^ingitdb_(old|new)'"},
    {"columns_of_my_index",
     "SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM pg_index i CROSS JOIN LATERAL "
     "unnest(i.indkey) WITH ORDINALITY AS k(at, n) JOIN pg_attribute a ON a.attrelid = i.indrelid "
     "AND a.attnum = k.at WHERE i.indexrelid = 'my_index'::regclass"},
    {"add_my_col",
     /* It is one transaction: a table is changed only when its references are checked. */
     "SET CONSTRAINTS ALL IMMEDIATE; CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
     "ALTER TABLE rich ADD COLUMN \"my, col\" text COLLATE nocase DEFAULT 'it''s (so)'"},
    {"add_twice",
     "ALTER TABLE rich ADD COLUMN twice bigint GENERATED ALWAYS AS (total * 2) STORED"},
    {"add_my_index", "CREATE INDEX my_index ON rich (\"my, col\") WHERE total > 0"},
    {"add_my_triggers",
     "CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS $fn$BEGIN IF tg_op = 'INSERT' "
     "THEN INSERT INTO log VALUES ('insert ' || NEW.id); ELSE INSERT INTO log VALUES ('delete'); "
     "END IF; RETURN NULL; END$fn$;"
     "CREATE TRIGGER my_trigger AFTER INSERT ON rich FOR EACH ROW EXECUTE FUNCTION log_it();"
     "CREATE TRIGGER my_delete AFTER DELETE ON rich FOR EACH ROW EXECUTE FUNCTION log_it()"},
    {"add_on_mine",
     "CREATE FUNCTION set_total() RETURNS trigger LANGUAGE plpgsql AS $fn$BEGIN UPDATE rich SET "
     "total = 1; RETURN NULL; END$fn$;"
     "CREATE TRIGGER on_mine AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION set_total()"},
    {"add_broken_view", "SELECT 1"}, /* there can be none */
    {"named_in_rich", "'my_index', 'my_trigger', 'my_delete', 'on_mine', 'ix_parent'"},
    {"count_of_rich", "5"},
    {"log_updates_of_v",
     "CREATE FUNCTION log_v() RETURNS trigger LANGUAGE plpgsql AS $fn$BEGIN INSERT INTO log VALUES "
     "(NEW.v::text); RETURN NULL; END$fn$;"
     "CREATE TRIGGER my_trigger AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION log_v()"},
    {"mark_updates_of_t",
     "CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $fn$BEGIN NEW.note = 'mine'; "
     "RETURN NEW; END$fn$;"
     "CREATE TRIGGER my_trigger BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION mark()"},
    {"break_a_reference", "SELECT 1"},
    {NULL, NULL},
};

const suite_driver suite_postgres_drivers[] = {
    {.name = "postgres",
     .engine = &engine_postgres,
     SERVER_ROW_OF_SUITE,
     .words = words,
     .does = SUITE_SET_DEFAULT | SUITE_NOTICES_DDL | SUITE_INDEXES_TEXT},
    {.name = NULL},
};
