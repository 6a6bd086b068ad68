/*
 * MariaDB and MySQL in the suite.
 */
#include "server.h"

static const engine_word mariadb_words[] = {
    {"loose_json_shown", "<{\"b\": 1, \"a\":2}>"}, /* a text that is checked */
    {"loose_json_recorded", "\"{\\\"b\\\": 1}\""},
    {"drop_unnamed_check", "ALTER TABLE t DROP CONSTRAINT CONSTRAINT_1"},
    {NULL, NULL},
};

static const engine_word mysql_words[] = {
    {"loose_json_shown", "{\"a\":2,\"b\":1}"}, /* a JSON has one form */
    {"loose_json_recorded", "{\"b\":1}"},
    {"drop_unnamed_check", "ALTER TABLE t DROP CHECK t_chk_2"}, /* the first is a guard of ours */
    {NULL, NULL},
};

static const engine_word words[] = {
    {"conflicts", "SELECT group_concat(#1 ORDER BY CAST(collection AS binary), CAST(\"key\" AS "
                  "binary) SEPARATOR '; ') FROM ingitdb_sync_conflicts"},
    {"Taken", "taken"},
    {"big_t", "t"},
    {"infinity", "NULL"}, /* there is none */
    {"infinity_shown", "-"},
    {"bad_date", "'2024-02-30'"}, /* by sql_mode */
    {"bad_date_shown", "2024-02-30"},
    {"duplicate_said", "Duplicate"},
    {"mine_refers_to", "SELECT referenced_table_name FROM information_schema.key_column_usage "
                       "WHERE table_schema = database() AND table_name = 'mine' AND "
                       "referenced_table_name IS NOT NULL"},
    {"count_named",
     "SELECT count(DISTINCT name) FROM (SELECT index_name AS name FROM "
     "information_schema.statistics WHERE table_schema = database() UNION ALL SELECT trigger_name "
     "FROM information_schema.triggers WHERE trigger_schema = database() UNION ALL SELECT "
     "table_name FROM information_schema.tables WHERE table_schema = database()) AS named WHERE "
     "name IN (#1)"},
    {"count_leftovers",
     "SELECT count(*) FROM information_schema.columns WHERE table_schema = database() AND "
     "(table_name REGEXP '^ingitdb_(old|new)' OR column_name REGEXP '^ingitdb_(old|new)')"},
    {"columns_of_my_index",
     "SELECT group_concat(column_name ORDER BY seq_in_index) FROM information_schema.statistics "
     "WHERE table_schema = database() AND index_name = 'my_index'"},
    {"add_my_col", "ALTER TABLE rich ADD COLUMN \"my, col\" varchar(50) CHARACTER SET utf8mb4 "
                   "COLLATE utf8mb4_general_ci DEFAULT 'it''s (so)'"},
    {"add_twice", "ALTER TABLE rich ADD COLUMN twice bigint GENERATED ALWAYS AS (total * 2) "
                  "VIRTUAL"},
    {"add_my_index", "CREATE INDEX my_index ON rich (\"my, col\")"},
    {"add_my_triggers", "CREATE TRIGGER my_trigger AFTER INSERT ON rich FOR EACH ROW "
                        "INSERT INTO log VALUES ('insert ' || NEW.id);"
                        "CREATE TRIGGER my_delete AFTER DELETE ON rich FOR EACH ROW "
                        "INSERT INTO log VALUES ('delete')"},
    {"add_on_mine",
     "CREATE TRIGGER on_mine AFTER INSERT ON mine FOR EACH ROW UPDATE rich SET total = 1"},
    {"add_broken_view", "CREATE TABLE no_such_table (x INTEGER);"
                        "CREATE VIEW broken_view AS SELECT * FROM no_such_table;"
                        "DROP TABLE no_such_table"},
    {"named_in_rich",
     "'my_index', 'my_trigger', 'my_delete', 'on_mine', 'broken_view', 'ix_parent'"},
    {"count_of_rich", "6"},
    {"log_updates_of_v", "CREATE TRIGGER my_trigger AFTER UPDATE ON t FOR EACH ROW "
                         "INSERT INTO log VALUES (NEW.v)"},
    {"mark_updates_of_t", "CREATE TRIGGER my_trigger BEFORE UPDATE ON t FOR EACH ROW "
                          "SET NEW.note = 'mine'"},
    {"break_a_reference", "SELECT 1"},
    {NULL, NULL},
};

#define MYSQL_ROW_OF_SUITE                                                         \
    SERVER_ROW_OF_SUITE,                                                           \
        .more = words,                                                             \
        .does = SUITE_VIEWS_BY_NAME | SUITE_LOCK_REMEMBERS | SUITE_REFILLS_ASIDE | \
                SUITE_OTHER_DATABASES | SUITE_ALIKE_TEXTS | SUITE_CUTS_ANSWERS

const suite_driver suite_mysql_drivers[] = {
    {.name = "mariadb", .engine = &engine_mariadb, .words = mariadb_words, MYSQL_ROW_OF_SUITE},
    {.name = "mysql", .engine = &engine_mysql, .words = mysql_words, MYSQL_ROW_OF_SUITE},
    {.name = NULL},
};
