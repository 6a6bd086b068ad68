/*
 * Schema evolution of a large table: every kind of change, one after the other and all the way
 * back. After each the table equals the commit, what somebody else keeps in a column of it is still
 * there, and on a server the report has said what others can do to the table meanwhile.
 *
 * The table has 100 000 rows; under sanitizers a tenth of it, unless $IGD_LAW_FULL is set.
 */
#include "schema/diff.h"
#include "tests/cli/cli.h"
#include "tests/support/database.h"

#ifdef __SANITIZE_ADDRESS__
#define USUAL_ROWS 10000
#else
#define USUAL_ROWS 100000
#endif

static int rows;
static repo_builder *source;

/* What a commit has; each differs from the one before in one thing. */
typedef struct version {
    const char *what;
    const char *key, *columns, *name;
    bool note, whole; /* the records have it; the price has no fraction */
} version;

#define WORD  "  word: {type: string}\n"
#define CODES "  code: {type: string, required: true}\n  isbn: {type: string, required: true}\n"
#define NOTE  "  note: {type: string}\n"

static const version versions[] = {
    {"a table", "code",
     CODES WORD NOTE "  title: {type: string, max_length: 20}\n"
                     "  price: {type: float}\n  n: {type: int}\n"
                     "  maker: {type: string}\n",
     "items", true, false},
    {"a column less", "code",
     CODES WORD "  title: {type: string, max_length: 20}\n"
                "  price: {type: float}\n  n: {type: int}\n"
                "  maker: {type: string}\n",
     "items", false, false},
    {"wider", "code",
     CODES WORD "  title: {type: string, max_length: 40}\n"
                "  price: {type: float}\n  n: {type: int}\n"
                "  maker: {type: string}\n",
     "items", false, false},
    {"much wider", "code",
     CODES WORD "  title: {type: string}\n"
                "  price: {type: float}\n  n: {type: int}\n"
                "  maker: {type: string}\n",
     "items", false, false},
    {"another kind", "code",
     CODES WORD "  title: {type: string}\n"
                "  price: {type: int}\n  n: {type: int}\n"
                "  maker: {type: string}\n",
     "items", false, true},
    {"not null", "code",
     CODES WORD "  title: {type: string}\n"
                "  price: {type: int}\n  n: {type: int, required: true}\n"
                "  maker: {type: string}\n",
     "items", false, true},
    {"a check", "code",
     CODES WORD "  title: {type: string}\n  price: {type: int}\n"
                "  n: {type: int, required: true, min_value: 0}\n"
                "  maker: {type: string}\n",
     "items", false, true},
    {"a foreign key with its index", "code",
     CODES WORD "  title: {type: string}\n  price: {type: int}\n"
                "  n: {type: int, required: true, min_value: 0}\n"
                "  maker: {type: string, foreign_key: makers}\n",
     "items", false, true},
    {"a column of another name", "code",
     CODES "  term: {type: string}\n  title: {type: string}\n  price: {type: int}\n"
           "  n: {type: int, required: true, min_value: 0}\n"
           "  maker: {type: string, foreign_key: makers}\n",
     "items", false, true},
    {"a table of another name", "code",
     CODES "  term: {type: string}\n  title: {type: string}\n  price: {type: int}\n"
           "  n: {type: int, required: true, min_value: 0}\n"
           "  maker: {type: string, foreign_key: makers}\n",
     "goods", false, true},
    {"another key", "isbn",
     CODES "  term: {type: string}\n  title: {type: string}\n  price: {type: int}\n"
           "  n: {type: int, required: true, min_value: 0}\n"
           "  maker: {type: string, foreign_key: makers}\n",
     "goods", false, true},
};

#define VERSIONS ((int)(sizeof(versions) / sizeof(versions[0])))

static const char *commits[VERSIONS];

/* ---- the history ---- */

static void put_records(const version *v)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    const char *word = strstr(v->columns, "term") ? "term" : "word";
    for (int n = 0; n < rows; n++) {
        fprintf(
            out,
            "{\"code\": \"c%06d\", \"isbn\": \"i%06d\", \"%s\": \"word %d\", \"title\": \"title "
            "%d\", \"price\": %d%s, \"n\": %d, \"maker\": \"m%d\"",
            n, n, word, n, n, n, v->whole ? "" : ".5", n % 7, n % 10);
        fprintf(out, v->note ? ", \"note\": \"note\"}\n" : "}\n");
    }
    fclose(out);
    repo_put(source, "items/items.jsonl", text);
    free(text);
}

static void put_version(const version *v, const version *before)
{
    if (!before || before->note != v->note || before->whole != v->whole ||
        !strstr(before->columns, "term") != !strstr(v->columns, "term"))
        put_records(v);
    repo_put(source, "items/.collection/definition.yaml",
             cli_text("record_file: {name: items.jsonl, type: '[]map[string]any', format: jsonl}\n"
                      "primary_key: [%s]\ncolumns:\n%s",
                      v->key, v->columns));
    repo_put(source, ".ingitdb/root-collections.yaml",
             cli_text("makers: makers\n%s: items\n", v->name));
}

static int setup(void **state)
{
    const char *full = getenv("IGD_LAW_FULL");
    rows = full && *full ? 100000 : USUAL_ROWS;
    cli_setup(state);
    source = cli_repository(false);
    cli_source = repo_path(source);
    repo_put(source, "makers/.collection/definition.yaml",
             "record_file: {name: '{key}.yaml', type: 'map[string]any', format: yaml}\n"
             "columns:\n  title: {type: string}\n");
    for (int n = 0; n < 10; n++)
        repo_put(source, cli_text("makers/$records/m%d.yaml", n), "title: Maker\n");
    for (int n = 0; n < VERSIONS; n++) {
        put_version(&versions[n], n ? &versions[n - 1] : NULL);
        commits[n] = repo_commit(source, versions[n].what);
    }
    return 0;
}

/* ---- what is said ---- */

static void need_said(const cJSON *report, int *kinds)
{
    const cJSON *change;
    cJSON_ArrayForEach(change, json_at(report, "schema.changes"))
    {
        const char *kind = json_text(change, "kind"), *why = json_text(change, "why");
        for (int n = 0; n < IGD_OP_COUNT; n++)
            kinds[n] += strcmp(kind, igd_op_word((igd_op_kind)n)) == 0;
        /* A rename says why it is one. */
        if (!database_is_file() && !strstr("create_table rename_table rename_column", kind) &&
            !strstr(why, " lock"))
            fail_msg("%s: %s", kind, why);
    }
}

/* ---- going there ---- */

static const cJSON *sync_to(int n)
{
    return need_json(CLI("migrate", "sync", "--allow-destructive", "--allow-rewind", "--target",
                         cli_url(cli_database()), "--ref", commits[n], "--format", "json"));
}

static void go_to(int n, bool theirs, int *kinds)
{
    const cJSON *report = sync_to(n);
    if (json_number(report, "exit") != 0 || cJSON_GetArraySize(json_at(report, "conflicts")) != 0)
        fail_msg("%s: %s", versions[n].what, json_text(report, "error.message"));
    need_said(report, kinds);
    need_status(CLI("migrate", "verify", "--target", cli_url(cli_database())), 0);
    need_value(cli_text("SELECT count(*) FROM %s", versions[n].name), cli_text("%d", rows));
    if (theirs)
        need_value(cli_text("SELECT count(*) FROM %s WHERE theirs = 1", versions[n].name),
                   cli_text("%d", rows));
}

static void add_theirs(const char *table)
{
    db_exec(cli_database(), cli_text("ALTER TABLE %s ADD COLUMN theirs int", table));
    db_exec(cli_database(), cli_text("UPDATE %s SET theirs = 1", table));
}

/* With another key the rows are made anew: that is refused while others keep something in them. */
static void there_and_back(void **state)
{
    (void)state;
    int kinds[IGD_OP_COUNT] = {0}, last = VERSIONS - 1;
    go_to(0, false, kinds);
    add_theirs("items");
    for (int n = 1; n < last; n++)
        go_to(n, true, kinds);
    assert_non_null(strstr(json_text(sync_to(last), "error.message"), "theirs"));
    db_exec(cli_database(), "ALTER TABLE goods DROP COLUMN theirs");
    go_to(last, false, kinds);
    go_to(last - 1, false, kinds);
    add_theirs("goods");
    for (int n = last - 2; n >= 0; n--)
        go_to(n, true, kinds);
    for (int n = 0; n < IGD_OP_COUNT; n++)
        if (!kinds[n] && n != IGD_OP_DROP_TABLE)
            fail_msg("no operation %s", igd_op_word((igd_op_kind)n));
}

int main(void)
{
    database_need_engine();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(there_and_back, setup, cli_teardown),
    };
    return cmocka_run_group_tests_name("schema evolution", tests, NULL, NULL);
}
