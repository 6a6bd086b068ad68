/*
 * Options from the command line, the environment and the configuration file: that each one has an
 * effect, and which of the three comes first.
 */
#include "tests/cli/cli.h"
#include "tests/support/script_file.h"

static void configure(const char *text)
{
    write_file(cli_text("%s/.ingitdb/migrate.yaml", repo_path(shop)), text);
}

static void need_key_column(const process_result *got, const char *name)
{
    need_status(got, 0);
    need_value("SELECT name FROM pragma_table_info('brands') WHERE pk = 1", name);
    remove_tree(cli_database());
}

static void command_line_then_environment_then_file(void **state)
{
    (void)state;
    const char *const *env = WORDS("INGITDB_KEY_COLUMN=from_env");
    need_key_column(CLI("migrate", "sync", "--target", FILE_ONLY), "id");
    configure("name: shop\nkey-column: from_file\n");
    need_key_column(CLI("migrate", "sync", "--target", FILE_ONLY), "from_file");
    need_key_column(CLI_WITH(env, "migrate", "sync", "--target", FILE_ONLY), "from_env");
    need_key_column(CLI_WITH(env, "migrate", "sync", "--target", FILE_ONLY, "--key-column",
                             "from_line"),
                    "from_line");
    need_key_column(CLI_WITH(WORDS("INGITDB_KEY_COLUMN="), "migrate", "sync", "--target",
                             FILE_ONLY),
                    "from_file");
}

/* A flag that is off in the environment is off, whatever the file says. */
static void flags_too(void **state)
{
    (void)state;
    repo_put(shop, "products/$records/saw.yaml", "title: 0815\n");
    repo_commit(shop, "a title that should be quoted");
    const char *const sync[] = {"migrate", "validate", NULL};
    need_status(cli_run(NULL, sync), 0);
    need_status(CLI("migrate", "validate", "--strict"), 3);
    need_status(cli_run(WORDS("INGITDB_STRICT=1"), sync), 3);
    need_status(cli_run(WORDS("INGITDB_STRICT=Yes"), sync), 3);
    need_status(cli_run(WORDS("INGITDB_STRICT=off"), sync), 0);
    configure("strict: true\n");
    need_status(cli_run(NULL, sync), 3);
    need_status(cli_run(WORDS("INGITDB_STRICT=false"), sync), 0);
    need_status(cli_run(WORDS("INGITDB_STRICT="), sync), 3);
    configure("strict: false\n");
    need_status(cli_run(NULL, sync), 0);
    need_status(cli_run(WORDS("INGITDB_STRICT=true"), sync), 3);
}

static const char *announced(const process_result *got)
{
    need_status(got, 0);
    need_err(got, "target ");
    remove_tree(cli_database());
    return got->err;
}

static void where_the_target_comes_from(void **state)
{
    (void)state;
    const char *const *both =
        WORDS("INGITDB_TARGET=sqlite:shop.db?timeout=1", "DATABASE_URL=sqlite:shop.db?timeout=2");
    const char *const *last = WORDS("DATABASE_URL=sqlite:shop.db?timeout=2");
    const char *line =
        cli_text("target sqlite:shop.db (from --target), HEAD -> %.10s\n", shop_first_id);
    assert_string_equal(announced(CLI_WITH(both, "migrate", "sync", "--target", FILE_ONLY)), line);
    assert_string_equal(announced(CLI_WITH(both, "migrate", "sync", "--database", FILE_ONLY)),
                        line);
    assert_string_equal(announced(CLI_WITH(both, "migrate", "sync")),
                        cli_text("target sqlite:shop.db?timeout=1 (from INGITDB_TARGET), HEAD -> "
                                 "%.10s\n",
                                 shop_first_id));
    assert_non_null(
        strstr(announced(CLI_WITH(WORDS("INGITDB_DATABASE=sqlite:shop.db"), "migrate", "sync")),
               "(from INGITDB_DATABASE)"));
    assert_non_null(strstr(announced(CLI_WITH(last, "migrate", "sync")), "(from DATABASE_URL)"));
    assert_non_null(
        strstr(announced(CLI_WITH(WORDS("INGITDB_TARGET=", last[0]), "migrate", "sync")),
               "(from DATABASE_URL)"));
    /* The file's default comes between the two. */
    configure(cli_text("target: sqlite://%s\n", cli_database()));
    assert_non_null(strstr(announced(CLI_WITH(last, "migrate", "sync")), "migrate.yaml"));
    assert_non_null(strstr(announced(CLI_WITH(both, "migrate", "sync")), "INGITDB_TARGET"));
    configure(cli_text("database: sqlite://%s\n", cli_database()));
    assert_non_null(strstr(announced(CLI("migrate", "sync")), "migrate.yaml"));
}

static void targets_of_the_file(void **state)
{
    (void)state;
    const char *in_root = cli_text("%s/data.db", repo_path(shop));
    configure(cli_text("name: lager\n"
                       "target: live\n"
                       "targets:\n"
                       "  live: sqlite://${SHOP_DIR}/shop.db\n"
                       "  here: sqlite:data.db\n"));
    const char *const *env = WORDS("SHOP_DIR=set later");
    env = WORDS(cli_text("SHOP_DIR=%s", cli_directory));
    need_status(CLI_WITH(env, "migrate", "sync"), 0);
    need_value("SELECT source FROM ingitdb_sync_state", "lager");
    need_status(CLI_WITH(env, "migrate", "status", "--target", "live"), 0);
    /* Relative to the database's root, not to where the program runs. */
    need_status(CLI("migrate", "sync", "--target", "here"), 0);
    char *count = db_query(in_root, "SELECT count(*) FROM products");
    assert_string_equal(count, "2");
    free(count);
    const process_result *got = CLI("migrate", "sync");
    need_status(got, 2);
    need_err(got, "environment variable 'SHOP_DIR' is not set");
    got = CLI("migrate", "sync", "--target", "test");
    need_status(got, 2);
    need_err(got, "hint: the configuration has: live, here");
}

static void need_config_error(const char *text, const char *says)
{
    configure(text);
    const process_result *got = CLI("migrate", "sync", "--target", FILE_ONLY);
    need_status(got, 2);
    need_err(got, says);
    need_err(got, "migrate.yaml:");
}

static void wrong_configurations(void **state)
{
    (void)state;
    need_config_error("name: shop\ntragets: {}\n", "migrate.yaml:2:1: 'tragets' is not known here");
    need_config_error("name: shop\nref: v1\n", "'ref' is not known here");
    need_config_error("source: /x\n", "'source' is not known here");
    need_config_error("name: [a]\n", "'name' has to be a text");
    need_config_error("name:\n", "'name' has to be a text");
    need_config_error("targets: sqlite:x.db\n", "'targets' has to map names to urls");
    need_config_error("- name\n", "the configuration has to be a map");
    need_config_error("name: \"shop\n", "migrate.yaml:");
    need_config_error("jobs: many\n", "jobs");
    need_config_error("strict: maybe\n", "is true or false");
    need_config_error("target: a\ndatabase: b\n", "are the same");
    const process_result *got =
        CLI("migrate", "sync", "--target", FILE_ONLY, "--config", "nothing.yaml");
    need_status(got, 2);
    need_err(got, "cannot open the configuration 'nothing.yaml'");
    /* An empty one says nothing. */
    configure("");
    need_status(CLI("migrate", "sync", "--target", FILE_ONLY), 0);
    configure("name: other\n");
    write_file(cli_text("%s/mine.yaml", cli_directory), "name: mine\n");
    remove_tree(cli_database());
    need_status(CLI("migrate", "sync", "--target", FILE_ONLY, "--config", "mine.yaml"), 0);
    need_value("SELECT source FROM ingitdb_sync_state", "mine");
}

static void sync_options_have_an_effect(void **state)
{
    (void)state;
    need_status(CLI("migrate", "sync", "--target", FILE_ONLY, "--mode", "full", "--jobs", "1",
                    "--batch-size", "1", "--verify-objects", "--lock-timeout", "500ms",
                    "--progress", "always", "--log-level", "debug"),
                0);
    need_value("SELECT count(*) FROM products", "2");
    repo_put(shop, "products/$records/saw.yaml", "title: Saw\n");
    repo_commit(shop, "saw");
    /* full looks at every row, incremental at those that git changed. */
    db_exec(cli_database(), "UPDATE products SET title = 'edited' WHERE id = 'rope'");
    need_status(CLI("migrate", "sync", "--target", FILE_ONLY, "--ref", "HEAD~1"), 0);
    need_value("SELECT title FROM products WHERE id = 'rope'", "edited");
    const process_result *got =
        CLI("migrate", "sync", "--target", FILE_ONLY, "--ref", "HEAD~1", "--mode", "full");
    need_status(got, 0);
    need_value("SELECT title FROM products WHERE id = 'rope'", "Rope");
    /* Anything but the newest: status says so, and --exit-code turns it into a status. */
    got = CLI("migrate", "status", "--target", FILE_ONLY);
    need_status(got, 0);
    need_out(got, "1 commit, 1 record");
    need_status(CLI("migrate", "status", "--target", FILE_ONLY, "--exit-code"), 1);
    need_status(CLI_WITH(WORDS("INGITDB_EXIT_CODE=1"), "migrate", "status", "--target", FILE_ONLY),
                1);
    need_status(CLI("migrate", "sync", "--target", FILE_ONLY, "--mode", "incremental"), 0);
    need_status(CLI("migrate", "status", "--target", FILE_ONLY, "--exit-code"), 0);
    need_value("SELECT count(*) FROM products", "3");
}

/* Every option, with a value that is fine; INGITDB_NAME and `name:` follow from it. */
static const struct {
    const char *name, *value; /* NULL: a flag */
    bool in_file;
} all_options[] = {
    {"source", "", false},
    {"root", "", false},
    {"ref", "HEAD", false},
    {"target", FILE_ONLY, true},
    {"database", FILE_ONLY, true},
    {"config", "empty.yaml", false},
    {"collections", "brands,prod*", true},
    {"exclude", "brands", true},
    {"script", "down.sql", true},
    {"mode", "incremental", true},
    {"on-invalid", "fail", true},
    {"on-conflict", "source", true},
    {"strict", NULL, true},
    {"allow-destructive", "drop_table,narrow", true},
    {"max-delete", "50%", true},
    {"allow-rewind", NULL, true},
    {"adopt", NULL, true},
    {"rename", "brands=makers,brands.title=brands.name", true},
    {"key-column", "id", true},
    {"batch-size", "7", true},
    {"jobs", "2", true},
    {"lock-timeout", "1s", true},
    {"verify-objects", NULL, true},
    {"blame", NULL, true},
    {"exit-code", NULL, true},
    {"force", NULL, true},
    {"from", "HEAD", false},
    {"to", "HEAD", false},
    {"rollback", "undo.sql", false},
    {"output-dir", "scripts", false},
    {"plain", NULL, true},
    {"format", "json", true},
    {"output", "report.txt", true},
    {"progress", "never", true},
    {"quiet", NULL, true},
    {"log-level", "info", true},
    {"log-format", "json", true},
    {"no-color", NULL, true},
    {"detail", "fields", true},
    {"verify", NULL, true},
    {"dry-run", "execute", true},
};

#define ALL_OPTIONS (sizeof(all_options) / sizeof(all_options[0]))

/* A command that has the option; NULL: no command has. */
static const char *command_with(const char *option)
{
    static const char *const commands[] = {"sync",    "status", "unlock",  "verify",
                                           "analyze", "apply",  "generate"};
    for (size_t n = 0; n < sizeof(commands) / sizeof(commands[0]); n++) {
        const char *page = CLI("help", commands[n])->out;
        if (strstr(page, cli_text("--%s\n", option)) || strstr(page, cli_text("--%s ", option)) ||
            strstr(page, cli_text("--%s[", option)))
            return commands[n];
    }
    return NULL;
}

static void every_option_every_way(void **state)
{
    (void)state;
    write_file(cli_text("%s/empty.yaml", cli_directory), "");
    /* A rollback of a run that never was: there is nothing to do. */
    script_text script = {.down = true, .to = shop_first_id, .run = "none", .body = ""};
    script_file_write(cli_text("%s/down.sql", cli_directory), &script);
    need_status(CLI("migrate", "sync", "--target", FILE_ONLY), 0);
    for (size_t n = 0; n < ALL_OPTIONS; n++) {
        const char *name = all_options[n].name, *value = all_options[n].value;
        if (strcmp(name, "source") == 0)
            value = cli_source;
        const char *command = command_with(name);
        if (!command)
            fail_msg("no command has --%s", name);
        char *variable = strdup(cli_text("INGITDB_%s=%s", name, value ? value : "true"));
        for (char *at = variable; *at != '='; at++)
            *at = *at == '-' ? '_' : *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
        const char *fallback = "DATABASE_URL=" FILE_ONLY;
        need_status(CLI_WITH(WORDS(fallback), "migrate", command,
                             value ? cli_text("--%s=%s", name, value) : cli_text("--%s", name)),
                    0);
        need_status(CLI_WITH(WORDS(fallback, variable), "migrate", command), 0);
        free(variable);
        configure(cli_text("name: shop\n%s: %s\n", name, value ? value : "true"));
        need_status(CLI_WITH(WORDS(fallback), "migrate", command), all_options[n].in_file ? 0 : 2);
        configure("name: shop\n");
    }
}

/* The list above is whole: whoever adds an option adds it there. */
static void no_option_is_forgotten(void **state)
{
    (void)state;
    const char *page = CLI("help", "--format", "markdown")->out;
    for (const char *at = page; (at = strstr(at, "| `--")); at++) {
        const char *name =
            cli_text("%.*s", (int)strspn(at + 5, "abcdefghijklmnopqrstuvwxyz-"), at + 5);
        size_t n = 0;
        while (n < ALL_OPTIONS && strcmp(all_options[n].name, name) != 0)
            n++;
        if (n == ALL_OPTIONS && strcmp(name, "help") != 0)
            fail_msg("--%s has no test", name);
    }
}

/* A loose object whose bytes are those of another: only re-hashing finds it. */
static void objects_are_verified(void **state)
{
    (void)state;
    char find[1024], path[512] = "";
    const char *git = cli_text("%s/.git/objects", repo_path(shop));
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_commit(shop, "another blob");
    const char *const *hash = WORDS("/bin/sh", "-c", "cd \"$1\" && git hash-object \"$2\"", "sh",
                                    repo_path(shop), "brands/$records/best.yaml");
    process_result id = process_run(hash, NULL);
    need_status(&id, 0);
    snprintf(path, sizeof(path), "%s/%.2s/%.38s", git, id.out, id.out + 2);
    process_result_free(&id);
    id = process_run(WORDS("/bin/sh", "-c", "cd \"$1\" && git hash-object \"$2\"", "sh",
                           repo_path(shop), "brands/$records/acme.yaml"),
                     NULL);
    snprintf(find, sizeof(find), "%s/%.2s/%.38s", git, id.out, id.out + 2);
    process_result_free(&id);
    assert_int_equal(remove(path), 0);
    process_result copy = process_run(WORDS("/bin/cp", find, path), NULL);
    need_status(&copy, 0);
    process_result_free(&copy);
    need_status(CLI("migrate", "validate"), 0);
    const process_result *got = CLI("migrate", "validate", "--verify-objects");
    need_status(got, 4);
    need_err(got, "error: ");
}

static void messages_as_asked_for(void **state)
{
    (void)state;
    const process_result *got =
        CLI("migrate", "sync", "--target", FILE_ONLY, "--quiet", "--progress", "always");
    need_status(got, 0);
    assert_string_equal(got->err, "");
    need_out(got, "inserted");
    got = CLI("migrate", "sync", "--target", "sqlite:no/where.db", "--quiet");
    need_status(got, 4);
    need_err(got, "error: ");
    /* Every line of standard error is an object. */
    write_file(cli_text("%s/loose.txt", repo_path(shop)), "x");
    got = CLI("migrate", "sync", "--target", "sqlite:no/where.db", "--log-format", "json");
    need_status(got, 4);
    char *lines = strdup(got->err), *rest = lines;
    size_t count = 0;
    for (char *line; (line = strsep(&rest, "\n")) && *line; count++) {
        cJSON *object = json_of(line);
        assert_true(json_text(object, "level")[0] != '\0');
        assert_true(json_text(object, "message")[0] != '\0');
    }
    free(lines);
    assert_true(count == 3); /* the target, the warning, the error */
    got = CLI("migrate", "sync", "--target", FILE_ONLY, "--log-level", "error");
    need_status(got, 0);
    need_silent(got, "uncommitted");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, cli_setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(command_line_then_environment_then_file),
        TEST(flags_too),
        TEST(where_the_target_comes_from),
        TEST(targets_of_the_file),
        TEST(wrong_configurations),
        TEST(sync_options_have_an_effect),
        TEST(every_option_every_way),
        TEST(no_option_is_forgotten),
        TEST(objects_are_verified),
        TEST(messages_as_asked_for),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
