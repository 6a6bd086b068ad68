/*
 * Running the program on a small shop.
 */
#include "tests/cli/cli.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/database.h"
#include "tests/support/json_schema.h"

char *cli_directory;
const char *cli_source;
repo_builder *shop;
const char *shop_first_id;

/* What is freed with the test. */
static process_result *results[1024];
static size_t result_count;
static cJSON *objects[128];
static size_t object_count;
static char *texts[8192];
static size_t text_count;
static repo_builder *repositories[8];
static size_t repository_count;

static char *keep_text(char *text)
{
    assert_non_null(text);
    assert_true(text_count < sizeof(texts) / sizeof(texts[0]));
    return texts[text_count++] = text;
}

const char *cli_text(const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    return len < 0 ? NULL : keep_text(text);
}

char *cli_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("no file %s", path);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, file) < (1 << 20) - 1);
    fclose(file);
    return keep_text(text);
}

/* ---- fixture ---- */

static const char brands_definition[] = "record_file:\n"
                                        "  name: \"{key}.yaml\"\n"
                                        "  type: map[string]any\n"
                                        "  format: yaml\n"
                                        "columns:\n"
                                        "  title: {type: string, required: true}\n";
static const char products_definition[] = "record_file:\n"
                                          "  name: \"{key}.yaml\"\n"
                                          "  type: map[string]any\n"
                                          "  format: yaml\n"
                                          "columns:\n"
                                          "  title: {type: string, required: true}\n"
                                          "  brand: {type: string, foreign_key: brands}\n"
                                          "  price: {type: float, min_value: 0}\n";

int cli_setup(void **state)
{
    (void)state;
    cli_directory = temp_dir_new();
    shop = repo_builder_new();
    cli_source = repo_path(shop);
    repo_put(shop, ".ingitdb/root-collections.yaml", "brands: brands\nproducts: products\n");
    repo_put(shop, ".ingitdb/migrate.yaml", "name: shop\n");
    repo_put(shop, "brands/.collection/definition.yaml", brands_definition);
    repo_put(shop, "brands/$records/acme.yaml", "title: Acme\n");
    repo_put(shop, "products/.collection/definition.yaml", products_definition);
    repo_put(shop, "products/$records/anvil.yaml", "title: Anvil\nbrand: acme\nprice: 9.5\n");
    repo_put(shop, "products/$records/rope.yaml", "title: Rope\nprice: 3\n");
    shop_first_id = repo_commit(shop, "first");
    return 0;
}

int cli_teardown(void **state)
{
    (void)state;
    while (result_count > 0) {
        process_result_free(results[--result_count]);
        free(results[result_count]);
    }
    while (object_count > 0)
        cJSON_Delete(objects[--object_count]);
    while (text_count > 0)
        free(texts[--text_count]);
    while (repository_count > 0)
        repo_builder_free(repositories[--repository_count]);
    repo_builder_free(shop);
    temp_dir_free(cli_directory);
    return 0;
}

repo_builder *cli_repository(bool bare)
{
    assert_true(repository_count < sizeof(repositories) / sizeof(repositories[0]));
    repo_builder *b = bare ? repo_builder_new_bare() : repo_builder_new();
    return repositories[repository_count++] = b;
}

void shop_grow(int items)
{
    /* One file: what takes long is to be the run, not the making of the repository. */
    static int generation;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    generation++;
    for (int n = 0; n < items; n++)
        fprintf(out, "{\"$ID\": \"i%06d\", \"title\": \"Item %d.%d\", \"note\": \"%0200d\"}\n", n,
                n, generation, n);
    fclose(out);
    repo_put(shop, ".ingitdb/root-collections.yaml",
             "brands: brands\nproducts: products\nitems: items\n");
    repo_put(shop, "items/.collection/definition.yaml",
             "record_file:\n"
             "  name: items.jsonl\n"
             "  type: '[]map[string]any'\n"
             "  format: jsonl\n"
             "columns:\n"
             "  $ID: {type: string, required: true}\n"
             "  title: {type: string, required: true}\n"
             "  note: {type: string}\n");
    repo_put(shop, "items/items.jsonl", text);
    free(text);
    repo_commit(shop, "grow");
}

/* ---- running ---- */

const char *cli_program(void)
{
    const char *given = getenv("INGITDB_BIN");
    return given && *given ? given : BUILT_PROGRAM;
}

static const process_result *keep_result(process_result result)
{
    assert_true(result_count < sizeof(results) / sizeof(results[0]));
    process_result *kept = malloc(sizeof(*kept));
    assert_non_null(kept);
    *kept = result;
    return results[result_count++] = kept;
}

#define WORDS_MAX 64

static process *start_program(process_options options, const char *const *arguments)
{
    const char *argv[WORDS_MAX] = {cli_program()}, *env[WORDS_MAX] = {NULL};
    size_t count = 0;
    for (size_t n = 0; arguments[n]; n++) {
        assert_true(n + 2 < WORDS_MAX);
        argv[n + 1] = arguments[n];
    }
    if (cli_source)
        env[count++] = cli_text("INGITDB_SOURCE=%s", cli_source);
    for (size_t n = 0; options.environment && options.environment[n]; n++) {
        assert_true(count + 1 < WORDS_MAX);
        env[count++] = options.environment[n];
    }
    options.environment = env;
    options.directory = cli_directory;
    return process_start(argv, &options);
}

process *cli_start(const char *const *arguments)
{
    return start_program((process_options){0}, arguments);
}

const process_result *cli_wait(process *p)
{
    return keep_result(process_wait(p));
}

const process_result *cli_run(const char *const *environment, const char *const *arguments)
{
    return cli_wait(start_program((process_options){.environment = environment}, arguments));
}

process *cli_start_on_terminal(const char *const *environment, const char *const *arguments)
{
    return start_program((process_options){.environment = environment, .terminal = true},
                         arguments);
}

const process_result *cli_on_terminal(const char *const *environment, const char *const *arguments)
{
    return cli_wait(cli_start_on_terminal(environment, arguments));
}

const process_result *cli_limited(long file_bytes, const char *const *arguments)
{
    return cli_wait(start_program((process_options){.file_bytes = file_bytes}, arguments));
}

/* ---- what it said ---- */

static void show(const process_result *got)
{
    /* cmocka's own printing cuts what is long. */
    fprintf(stderr, "status %d\n---- standard output\n%s---- standard error\n%s----\n", got->status,
            got->out, got->err);
}

void need_status(const process_result *got, int status)
{
    if (got->status == status)
        return;
    show(got);
    fail_msg("exit status %d instead of %d", got->status, status);
}

static void need_part(const process_result *got, const char *text, const char *part)
{
    if (strstr(text, part))
        return;
    show(got);
    fail_msg("it does not say '%s'", part);
}

void need_out(const process_result *got, const char *part)
{
    need_part(got, got->out, part);
}

void need_err(const process_result *got, const char *part)
{
    need_part(got, got->err, part);
}

void need_silent(const process_result *got, const char *part)
{
    if (!strstr(got->out, part) && !strstr(got->err, part))
        return;
    show(got);
    fail_msg("it says '%s'", part);
}

cJSON *json_of(const char *text)
{
    const char *end = NULL;
    cJSON *object = cJSON_ParseWithOpts(text, &end, 1);
    if (!cJSON_IsObject(object))
        fail_msg("not one JSON object: %s", text);
    assert_true(object_count < sizeof(objects) / sizeof(objects[0]));
    return objects[object_count++] = object;
}

/* Every report of every test is held against the published schema. */
static void need_schema(const process_result *got, const cJSON *report)
{
    static cJSON *schema;
    char fault[512];
    if (!schema)
        schema = cJSON_Parse(cli_read(REPORT_SCHEMA));
    assert_non_null(schema);
    if (json_schema_check(schema, report, fault, sizeof(fault)))
        return;
    show(got);
    fail_msg("not as docs/report.schema.json says: %s", fault);
}

cJSON *need_json(const process_result *got)
{
    if (got->out[0] != '{')
        show(got);
    cJSON *report = json_of(got->out);
    need_schema(got, report);
    return report;
}

const cJSON *json_at(const cJSON *object, const char *path)
{
    char name[64];
    for (const char *at = path; object && *at;) {
        size_t len = strcspn(at, ".");
        snprintf(name, sizeof(name), "%.*s", (int)len, at);
        object = cJSON_IsArray(object) ? cJSON_GetArrayItem(object, atoi(name))
                                       : cJSON_GetObjectItemCaseSensitive(object, name);
        at += len + (at[len] == '.');
    }
    return object;
}

const char *json_text(const cJSON *object, const char *path)
{
    const cJSON *found = json_at(object, path);
    if (!found)
        fail_msg("no member %s", path);
    return cJSON_IsString(found) ? found->valuestring : "(null)";
}

double json_number(const cJSON *object, const char *path)
{
    const cJSON *found = json_at(object, path);
    if (!cJSON_IsNumber(found))
        fail_msg("no number %s", path);
    return found->valuedouble;
}

/* ---- the target ---- */

const char *cli_database(void)
{
    return cli_text("%s/shop.db", cli_directory);
}

const char *cli_target(void)
{
    return database_is_file() ? FILE_ONLY : cli_url(cli_database());
}

const char *cli_url(const char *path)
{
    return keep_text(database_url(path));
}

void need_value(const char *sql, const char *wanted)
{
    char *got = keep_text(db_query(cli_database(), sql));
    if (strcmp(got, wanted) != 0)
        fail_msg("%s: '%s' instead of '%s'", sql, got, wanted);
}

/* ---- runs that are paused ---- */

static sqlite3 *open_target(void)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(cli_database(), &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        fail_msg("%s: %s", cli_database(), sqlite3_errmsg(db));
    return db;
}

static int run_sql(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* Its transaction cannot begin while there is another one. */
process *cli_paused_with_lock(const char *const *arguments)
{
    const char *lock = cli_text("%s-ingitdb-lock", cli_database());
    struct stat info;
    sqlite3 *db = open_target();
    assert_int_equal(run_sql(db, "BEGIN IMMEDIATE"), SQLITE_OK);
    process *p = cli_start(arguments);
    while (!process_ended(p) && (stat(lock, &info) != 0 || info.st_size == 0))
        usleep(300);
    usleep(100000); /* from the lock to the beginning of the transaction */
    assert_true(process_pause(p));
    assert_int_equal(run_sql(db, "ROLLBACK"), SQLITE_OK);
    sqlite3_close(db);
    return p;
}

void cli_copy(const char *from, const char *to)
{
    process_result got = process_run(WORDS("/bin/cp", from, to), NULL);
    need_status(&got, 0);
    process_result_free(&got);
}

static bool is_writing(void)
{
    sqlite3 *db = open_target();
    bool busy = run_sql(db, "BEGIN IMMEDIATE") == SQLITE_BUSY;
    sqlite3_close(db);
    return busy;
}

/* Seen from outside: nobody else can begin one. On a busy machine the run may be over before this
 * program is given time to look; then it is made again, on what the target was before. */
process *cli_paused_writing(const char *const *arguments)
{
    const char *before = cli_text("%s/before.db", cli_directory);
    cli_copy(cli_database(), before);
    for (int attempt = 0; attempt < 5; attempt++) {
        process *p = cli_start(arguments);
        while (!process_ended(p) && !is_writing())
            usleep(300);
        if (process_pause(p) && is_writing())
            return p;
        process_signal(p, SIGCONT);
        need_status(cli_wait(p), 0);
        cli_copy(before, cli_database());
    }
    fail_msg("a run was never met while it wrote");
    return NULL;
}
