/*
 * Scripts at key-value stores, as a user meets them: generate, the store's own client, apply, sync
 * --rollback. Each test runs on every store whose server a variable names (tests/servers).
 */
#include <signal.h>
#include <unistd.h>

#include "tests/cli/cli.h"
#include "tests/support/consul_client.h"
#include "tests/support/engine.h"
#include "tests/support/server_dump.h"

typedef struct store {
    const engine *engine;
    const char *more;      /* behind the URL */
    const char *extension; /* of scripts */
} store;

static const store stores[] = {{&engine_redis, "", "redis"},
                               {&engine_redis, "&layout=json", "redis"},
                               {&engine_etcd, "", "json"},
                               {&engine_consul, "", "json"}};

static const store *at;
static char *plain_url; /* of a prefix of the test's own, without parameters of ours */
static const char *url; /* with them */

/* ---- what is there ---- */

static const char *dump(void)
{
    static char *kept[64];
    static size_t count;
    if (count == 64)
        count = 0;
    free(kept[count]);
    return kept[count++] = at->engine->dump(plain_url, ENGINE_ALL);
}

static void need_same(const char *before)
{
    assert_string_equal(dump(), before);
}

static void need_key(const char *part)
{
    const char *all = dump();
    if (!strstr(all, part))
        fail_msg("no '%s' in\n%s", part, all);
}

/* ---- the store's own client ---- */

static bool is_redis(void)
{
    return at->engine == &engine_redis;
}

static bool is_consul(void)
{
    return at->engine == &engine_consul;
}

static const char *between(const char *text, const char *before, char end)
{
    const char *from = strstr(text, before);
    assert_non_null(from);
    from += strlen(before);
    const char *to = strchr(from, end);
    assert_non_null(to);
    return cli_text("%.*s", (int)(to - from), from);
}

static const char *redis_client(void)
{
    const char *server = between(plain_url, "@", '/');
    return cli_text("REDISCLI_AUTH=%s redis-cli -h %s -p %s", between(plain_url, "://:", '@'),
                    between(cli_text(" %s", server), " ", ':'), strchr(server, ':') + 1);
}

static const char *client(const char *script)
{
    char *command = server_client(at->engine, plain_url, cli_text("%s/%s", cli_directory, script));
    process_result got = process_run(WORDS("/bin/sh", "-c", command), NULL);
    if (got.status)
        fail_msg("%s: %d %s%s", command, got.status, got.out, got.err);
    const char *said = cli_text("%s%s", got.out, got.err);
    process_result_free(&got);
    free(command);
    return said;
}

static void shell(const char *command)
{
    process_result got = process_run(WORDS("/bin/sh", "-c", command), NULL);
    need_status(&got, 0);
    process_result_free(&got);
}

static const char *prefix(void)
{
    if (is_redis())
        return between(plain_url, "/0/", '?');
    return between(plain_url, cli_text("%s/", between(plain_url, "://", '/')), '?');
}

static void edit_rope(const char *text)
{
    if (is_redis()) {
        shell(cli_text("%s %s %s:products:rope %s '%s'", redis_client(),
                       at->more[0] ? "SET" : "HSET", prefix(), at->more[0] ? "" : "title", text));
        return;
    }
    if (is_consul()) {
        at->engine->put(plain_url, cli_text("%s/products/rope", prefix()), text);
        return;
    }
    shell(cli_text("k=$(printf '%s/products/rope' | base64 -w0); v=$(printf '%s' | base64 -w0); "
                   "curl -sS -d \"{\\\"key\\\":\\\"$k\\\",\\\"value\\\":\\\"$v\\\"}\" "
                   "http://%s/v3/kv/put",
                   prefix(), text, between(plain_url, "://", '/')));
}

/* ---- runs ---- */

#define MIGRATE(command, ...) CLI("migrate", command, "--target", url, __VA_ARGS__)
#define SCRIPT                cli_text("up.%s", at->extension)
#define DOWN                  cli_text("up.down.%s", at->extension)

static void on_each(void (*test)(void))
{
    bool any = false;
    for (size_t n = 0; n < sizeof(stores) / sizeof(stores[0]); n++) {
        at = &stores[n];
        plain_url = engine_url(at->engine, cli_text("igd_cli_%ld_%zu", (long)getpid(), n));
        if (!plain_url) {
            fprintf(stderr, "SKIPPED: %s names no server\n", at->engine->variable);
            continue;
        }
        any = true;
        url = cli_text("%s%s", plain_url, at->more);
        free(at->engine->drop(plain_url));
        test();
        repo_reset(shop, shop_first_id);
        free(at->engine->drop(plain_url));
        free(plain_url);
    }
    if (!any)
        skip();
}

static void synced(void)
{
    need_status(MIGRATE("sync", "--quiet"), 0);
}

static void second_commit(void)
{
    repo_put(shop, "brands/$records/best.yaml", "title: Best\n");
    repo_put(shop, "products/$records/rope.yaml", "title: Longer rope\nprice: 3\n");
    repo_delete(shop, "products/$records/anvil.yaml");
    repo_commit(shop, "second");
}

/* A collection more, and a column that goes. */
static void third_commit(void)
{
    second_commit();
    repo_put(shop, "tags/.collection/definition.yaml",
             "record_file:\n  name: '{key}.yaml'\n  type: 'map[string]any'\n  format: yaml\n"
             "columns:\n  title: {type: string, required: true}\n  good: {type: bool}\n");
    repo_put(shop, ".ingitdb/root-collections.yaml",
             "brands: brands\nproducts: products\ntags: tags\n");
    repo_put(shop, "tags/$records/red.yaml", "title: Red\ngood: true\n");
    repo_put(shop, "brands/.collection/definition.yaml",
             "record_file:\n  name: '{key}.yaml'\n  type: 'map[string]any'\n  format: yaml\n"
             "columns:\n  name: {type: string}\n");
    repo_put(shop, "brands/$records/acme.yaml", "name: Acme\n");
    repo_put(shop, "brands/$records/best.yaml", "name: Best\n");
    repo_commit(shop, "third");
}

#define LOSSES "--allow-destructive=drop_column"

/* Few records go into a request, so there are several. */
static void generated(void)
{
    need_status(MIGRATE("generate", "--output", SCRIPT, "--force", "--batch-size", "3", LOSSES), 0);
}

static void need_synced(void)
{
    need_out(MIGRATE("sync", "--mode", "incremental"), "nothing to do");
    need_status(MIGRATE("verify", "--quiet"), 0);
}

/* ---- generate, and the client ---- */

static void into_nothing(void)
{
    const process_result *got =
        MIGRATE("generate", "--output", SCRIPT, "--force", "--batch-size", "3");
    need_status(got, 0);
    need_out(got, cli_text("script      %s\nrollback    %s\n", SCRIPT, DOWN));
    assert_string_equal(dump(), "");
    client(SCRIPT);
    need_key("products");
    need_synced();
    const char *before = dump();
    client(SCRIPT);
    need_same(before);
    client(DOWN);
    assert_string_equal(dump(), "");
    client(DOWN);
    assert_string_equal(dump(), "");
}

static void generate_into_nothing(void **state)
{
    (void)state;
    on_each(into_nothing);
}

static void for_a_change(void)
{
    synced();
    third_commit();
    const char *before = dump();
    generated();
    need_same(before);
    client(SCRIPT);
    need_key("Longer rope");
    need_key("red");
    assert_null(strstr(dump(), "anvil"));
    need_synced();
    const char *after = dump();
    client(SCRIPT);
    need_same(after);
    client(DOWN);
    need_same(before);
    client(DOWN);
    need_same(before);
}

static void generate_for_a_change(void **state)
{
    (void)state;
    on_each(for_a_change);
}

/* The header can be read by people, and its line does nothing. */
static void header(void)
{
    generated();
    char *text = cli_read(cli_text("%s/%s", cli_directory, SCRIPT));
    if (is_redis()) {
        assert_non_null(strstr(text, "\\n-- engine: redis\\n"));
        assert_non_null(strstr(text, "\\n-- sha256: "));
        char *end = strchr(text, '\n');
        end[1] = '\0';
        write_file(cli_text("%s/head", cli_directory), text);
        assert_non_null(strstr(client("head"), "changes nothing"));
    } else {
        const char *before = is_consul() ? "Value" : "request_range\":{\"key";
        process_result got = process_run(
            WORDS("/bin/sh", "-c",
                  cli_text("sed -n '2s/.*%s\":\"\\([^\"]*\\)\".*/\\1/p' '%s/%s' | base64 -d",
                           before, cli_directory, SCRIPT)),
            NULL);
        need_out(&got, cli_text("-- engine: %s\n", at->engine->name));
        need_out(&got, "-- sha256: ");
        process_result_free(&got);
    }
    assert_string_equal(dump(), "");
}

static void header_is_there(void **state)
{
    (void)state;
    on_each(header);
}

static void hostile_values(void)
{
    static const char record[] =
        "{\"title\": \"a'b\\\"c`d\\\\'; $(reboot) -- ]] \\\\n \\\\x41 \\u00bf\\\\ \\U0001F600\\n\\t"
        "'); \\\\q\\u0001\\u007f\"}";
    synced();
    repo_put(shop, "brands/$records/it's a \"50%\":key.yaml", record);
    repo_commit(shop, "hostile");
    const char *before = dump();
    generated();
    client(SCRIPT);
    need_synced();
    client(DOWN);
    need_same(before);
    need_status(MIGRATE("apply", "--script", SCRIPT, "--verify"), 0);
    need_synced();
}

static void hostile_values_are_data(void **state)
{
    (void)state;
    on_each(hostile_values);
}

static void plain_script(void)
{
    const process_result *got =
        MIGRATE("generate", "--plain", "--output", SCRIPT, "--force", "--batch-size", "3");
    need_status(got, 0);
    client(SCRIPT);
    need_key("anvil");
    assert_null(strstr(dump(), ".ingitdb"));
    got = MIGRATE("apply", "--script", SCRIPT);
    need_status(got, 5);
    client(DOWN);
    assert_string_equal(dump(), "");
}

static void plain_has_no_state(void **state)
{
    (void)state;
    on_each(plain_script);
}

static void from_git(void)
{
    synced();
    third_commit();
    const process_result *got =
        MIGRATE("generate", "--from", "HEAD~2", "--to", "HEAD", LOSSES, "--output-dir", "scripts");
    need_status(got, 0);
    const char *script = cli_text("scripts/migration.HEAD~2_HEAD.%s", at->extension);
    need_status(MIGRATE("apply", "--script", script, "--verify"), 0);
    need_synced();
    script = cli_text("scripts/rollback.HEAD~2_HEAD.%s", at->extension);
    need_status(MIGRATE("apply", "--script", script), 0);
    need_key("anvil");
    assert_null(strstr(dump(), "Longer rope"));
    remove_tree(cli_text("%s/scripts", cli_directory));
}

static void generate_from_git_alone(void **state)
{
    (void)state;
    on_each(from_git);
}

/* ---- apply ---- */

static void applied_twice(void)
{
    synced();
    third_commit();
    const char *before = dump();
    generated();
    const process_result *got = MIGRATE("apply", "--script", SCRIPT, "--dry-run");
    need_status(got, 0);
    need_out(got, "nothing was written");
    need_same(before);
    need_out(MIGRATE("apply", "--script", SCRIPT, "--verify"), "verified");
    need_synced();
    const char *after = dump();
    need_out(MIGRATE("apply", "--script", SCRIPT), "already applied");
    need_same(after);
    need_status(MIGRATE("apply", "--script", DOWN), 0);
    need_same(before);
    need_out(MIGRATE("apply", "--script", DOWN), "already applied");
    need_same(before);
}

static void apply_twice(void **state)
{
    (void)state;
    on_each(applied_twice);
}

static void row_was_edited(void)
{
    synced();
    third_commit();
    generated();
    edit_rope("edited");
    const char *before = dump();
    const process_result *got = MIGRATE("apply", "--script", SCRIPT);
    need_status(got, 5);
    need_err(got, "rows that the script touches have changed");
    need_same(before);
    need_status(MIGRATE("generate", "--output", SCRIPT, "--force", LOSSES), 0);
    edit_rope("edited again");
    before = dump();
    client(SCRIPT);    /* all of it is one request */
    if (is_consul()) { /* which cannot compare values: it is apply that looks at them */
        need_key("Longer rope");
        need_synced();
        return;
    }
    need_same(before);
}

static void edited_rows_are_noticed(void **state)
{
    (void)state;
    on_each(row_was_edited);
}

/* What a sync overwrites is recorded, and comes back. */
static void edited_before(void)
{
    synced();
    third_commit();
    edit_rope("edited");
    const char *before = dump();
    generated();
    need_status(MIGRATE("apply", "--script", SCRIPT, "--verify"), 0);
    need_key("ingitdb_sync_conflicts");
    need_key("Longer rope");
    need_synced();
    need_status(MIGRATE("apply", "--script", DOWN), 0);
    need_same(before);
}

static void edited_rows_come_back(void **state)
{
    (void)state;
    on_each(edited_before);
}

static void another_base(void)
{
    synced();
    second_commit();
    generated();
    synced();
    const char *before = dump();
    const process_result *got = MIGRATE("apply", "--script", SCRIPT);
    need_status(got, 5);
    need_err(got, "the script leads from");
    client(SCRIPT);
    need_same(before);
    third_commit();
    need_status(MIGRATE("sync", "--quiet", LOSSES), 0);
    before = dump();
    got = MIGRATE("apply", "--script", SCRIPT);
    need_status(got, 5);
    need_err(got, "the script leads from");
    client(SCRIPT);
    client(DOWN);
    need_same(before);
}

static void a_wrong_base_changes_nothing(void **state)
{
    (void)state;
    on_each(another_base);
}

/* Consul tells by names of keys what the row of the state is. apply writes those that somebody has
 * deleted; a client without them changes nothing. */
static void no_marks(void)
{
    if (!is_consul())
        return;
    synced();
    third_commit();
    generated();
    char *prefix = consul_prefix(plain_url);
    need_key(".ingitdb/state_is/");
    consul_delete_tree(plain_url, cli_text("%s/.ingitdb/state_is/", prefix));
    free(prefix);
    const char *before = dump();
    client(SCRIPT);
    need_same(before);
    need_status(MIGRATE("apply", "--script", SCRIPT, "--verify"), 0);
    need_key(".ingitdb/state_is/");
    need_synced();
}

static void marks_come_back(void **state)
{
    (void)state;
    on_each(no_marks);
}

static void edited_script(void)
{
    synced();
    second_commit();
    generated();
    const char *before = dump();
    char *text = cli_read(cli_text("%s/%s", cli_directory, SCRIPT));
    char *where = strstr(text, is_redis() ? "Longer" : is_consul() ? "\"set\"" : "request_put");
    assert_non_null(where);
    where[is_redis() ? 0 : is_consul() ? 16 : 21] ^= 1;
    write_file(cli_text("%s/edited", cli_directory), text);
    const process_result *got = MIGRATE("apply", "--script", "edited");
    need_status(got, 5);
    need_err(got, "checksum");
    need_same(before);
}

static void a_script_that_was_edited_is_refused(void **state)
{
    (void)state;
    on_each(edited_script);
}

/* The command of the summary, as it was printed. */
static void reads(const process_result *got)
{
    const char *command = between(got->out, "read one    ", '\n');
    if (!is_redis()) { /* their clients may not be here */
        const char *begins =
            is_consul() ? "consul kv get -http-addr http://" : "etcdctl --endpoints http://";
        assert_int_equal(strncmp(command, begins, strlen(begins)), 0);
        return;
    }
    const char *password = between(plain_url, "://:", '@');
    assert_null(strstr(command, password));
    process_result answer = process_run(
        WORDS("/bin/sh", "-c", cli_text("REDISCLI_AUTH='%s' %s", password, command)), NULL);
    need_status(&answer, 0);
    need_out(&answer, "Acme");
    process_result_free(&answer);
}

static void rolled_back_sync(void)
{
    synced();
    third_commit();
    const char *before = dump(), *undo = cli_text("undo.%s", at->extension);
    const process_result *got = MIGRATE("sync", "--rollback", undo, "--batch-size", "3", LOSSES);
    need_status(got, 0);
    need_out(got, cli_text("rollback    %s", undo));
    reads(got);
    need_synced();
    need_status(MIGRATE("apply", "--script", undo), 0);
    need_same(before);
    unlink(cli_text("%s/%s", cli_directory, undo));
}

static void sync_with_rollback(void **state)
{
    (void)state;
    on_each(rolled_back_sync);
}

/* ---- stopped on the way ---- */

/* The script up to and with its n-th line. */
static bool cut(int n)
{
    char *text = cli_read(cli_text("%s/%s", cli_directory, SCRIPT)), *end = text;
    for (; n > 0 && end; n--)
        end = (end = strchr(end, '\n')) ? end + 1 : NULL;
    if (!end || !*end || strcmp(end, "]\n") == 0)
        return false;
    *end = '\0';
    write_file(cli_text("%s/part", cli_directory), text);
    return true;
}

static void stopped(void)
{
    for (int n = 2, way = 0;; n++, way++) {
        synced();
        third_commit();
        generated();
        if (!cut(n)) {
            assert_true(n > 4);
            return;
        }
        client("part");
        if (way % 3 == 0)
            client(SCRIPT);
        else if (way % 3 == 1)
            need_status(MIGRATE("apply", "--script", SCRIPT, "--verify"), 0);
        else
            need_status(MIGRATE("sync", "--quiet", LOSSES), 0);
        need_synced();
        need_key("red");
        repo_reset(shop, shop_first_id);
        free(at->engine->drop(plain_url));
    }
}

static void scripts_that_were_stopped_go_on(void **state)
{
    (void)state;
    on_each(stopped);
}

/* Of the state's row, which is asked for alone: the rest is long, and the script goes on. */
static const char *state_key(void)
{
    const char *all = dump(), *row = strstr(all, "ingitdb_sync_state");
    assert_non_null(row);
    char separator = at->engine->separator;
    return cli_text("%s%c.ingitdb%c%.*s", prefix(), separator, separator, (int)strcspn(row, " "),
                    row);
}

static int steps_done(const char *key)
{
    static const char word[] = "behind step ";
    char *row = at->engine->get(plain_url, key), *text = row ? strstr(row, word) : NULL;
    int steps = text ? atoi(text + strlen(word)) : 0;
    free(row);
    return steps;
}

/* As soon as it has come further. */
static void hurt(int number, int status)
{
    const char *key = state_key();
    int before = steps_done(key);
    process *p =
        CLI_START("migrate", "apply", "--target", url, "--script", SCRIPT, "--lock-timeout", "10s");
    while (steps_done(key) == before)
        usleep(100);
    process_signal(p, number);
    need_status(cli_wait(p), status);
    assert_true(steps_done(key) > before);
}

static void killed(void)
{
    synced();
    shop_grow(3000);
    need_status(MIGRATE("generate", "--output", SCRIPT, "--force", "--batch-size", "5"), 0);
    hurt(SIGKILL, -SIGKILL);
    hurt(SIGTERM, 143);
    need_out(CLI("migrate", "status", "--target", url), "behind step");
    need_status(MIGRATE("generate", "--output", "other", "--force"), 2);
    const process_result *got =
        MIGRATE("apply", "--script", SCRIPT, "--verify", "--lock-timeout", "10s");
    need_status(got, 0);
    need_synced();
    need_status(MIGRATE("apply", "--script", DOWN), 0);
    need_key("anvil");
    assert_null(strstr(dump(), "i000001"));
}

static void killed_apply_goes_on(void **state)
{
    (void)state;
    on_each(killed);
}

int main(void)
{
    if (!getenv(engine_redis.variable) && !getenv(engine_etcd.variable) &&
        !getenv(engine_consul.variable)) {
        fprintf(stderr, "SKIPPED: no variable names a store\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(generate_into_nothing, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(generate_for_a_change, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(header_is_there, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(hostile_values_are_data, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(plain_has_no_state, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(generate_from_git_alone, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(apply_twice, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(edited_rows_are_noticed, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(edited_rows_come_back, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(a_wrong_base_changes_nothing, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(marks_come_back, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(a_script_that_was_edited_is_refused, cli_setup,
                                        cli_teardown),
        cmocka_unit_test_setup_teardown(sync_with_rollback, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(scripts_that_were_stopped_go_on, cli_setup, cli_teardown),
        cmocka_unit_test_setup_teardown(killed_apply_goes_on, cli_setup, cli_teardown),
    };
    return cmocka_run_group_tests_name("scripts at stores", tests, NULL, NULL);
}
