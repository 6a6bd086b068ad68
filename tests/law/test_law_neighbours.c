/*
 * The law beside others: whatever is synced, keys that are not ours stay as they are, be they next
 * to a prefix, look like it, or lie inside of it; also when a collection goes, and when everything
 * is compared.
 */
#include "tests/cli/cli.h"
#include "tests/support/database.h"

#define ITEMS 300

/* Behind the prefix; ':' stands for the store's separator. */
static const char *const tails[] = {
    "",
    "2",
    "2:items:i000001",
    "-x:items:i000001",
    ":",
    "::",
    ":items",
    ":items:",
    ":items::i000001",
    ":items:foreign",   /* looks like a record that git never had */
    ":items:%69000001", /* not as we encode */
    ":items:%3a",       /* not in capitals */
    ":items:%",
    ":items:i000001:",
    ":items:i000001:more",
    ":items:i000001:notes:n1", /* a subcollection that there is not */
    ":items:new\nline",
    ":items:\xF0\x9F\x98\x80 \x7F",
    ":other:i000001",
    ":itemsX:i000001",
    ":Items:i000001",
    ":.ingitdb",
    ":.ingitdb:mine",
    ":.ingitdbX:commit",
};

#define COUNT (sizeof(tails) / sizeof(tails[0]))

static const char *key_of(size_t n)
{
    char *prefix = engine_database(cli_url(cli_database()));
    char *key = (char *)(uintptr_t)cli_text(
        "%s%s", strncmp(prefix, "0/", 2) == 0 ? prefix + 2 : prefix, tails[n]);
    for (char *at = key; *at; at++)
        if (*at == ':')
            *at = database_engine()->separator;
    free(prefix);
    return key;
}

static void put_neighbours(void)
{
    for (size_t n = 0; n < COUNT; n++)
        database_engine()->put(cli_url(cli_database()), key_of(n), "somebody's");
}

static void need_neighbours(const char *when)
{
    for (size_t n = 0; n < COUNT; n++) {
        char *text = database_engine()->get(cli_url(cli_database()), key_of(n));
        if (!text || strcmp(text, "somebody's") != 0)
            fail_msg("%s: key '%s' is now %s", when, key_of(n), text ? text : "gone");
        free(text);
    }
}

static void sync_to(const char *ref, const char *mode)
{
    need_status(CLI("migrate", "sync", "--allow-rewind", "--allow-destructive", "--lock-timeout",
                    "20s", "--target", TARGET, "--ref", ref, "--mode", mode),
                0);
}

static void stay(void **state)
{
    (void)state;
    put_neighbours();
    sync_to("HEAD", "incremental");
    need_neighbours("the first sync");
    sync_to("HEAD", "full");
    need_neighbours("a full sync");
    sync_to(shop_first_id, "incremental");
    need_neighbours("a collection that went");
    sync_to("HEAD", "incremental");
    sync_to(shop_first_id, "full");
    need_neighbours("a collection that went, by a full sync");
    sync_to("HEAD", "incremental");
    const process_result *verified = CLI("migrate", "verify", "--target", TARGET);
    need_status(verified, 0);
    need_out(verified, "1 foreign row");
    need_neighbours("verify");
}

/* A record whose columns are all of its key says nothing else that could differ. */
static void a_key_alone_is_ours(void **state)
{
    (void)state;
    char separator = database_engine()->separator;
    char *prefix = engine_database(cli_url(cli_database()));
    const char *key = cli_text("%s%ctags%cred", strncmp(prefix, "0/", 2) == 0 ? prefix + 2 : prefix,
                               separator, separator);
    free(prefix);
    sync_to("HEAD", "incremental");
    database_engine()->put(cli_url(cli_database()), key, "\"hello\"");
    const process_result *verified = CLI("migrate", "verify", "--target", TARGET);
    need_status(verified, 1);
    need_out(verified, "1 drift");
    sync_to("HEAD", "full");
    need_status(CLI("migrate", "verify", "--target", TARGET), 0);
    char *books = database_engine()->dump(cli_url(cli_database()), ENGINE_BOOKS);
    assert_non_null(strstr(books, "hello"));
    free(books);
}

static int setup(void **state)
{
    cli_setup(state);
    repo_put(shop, "tags/.collection/definition.yaml",
             "record_file: {name: tags.jsonl, type: '[]map[string]any', format: jsonl}\n"
             "columns: {$ID: {type: string, required: true}}\n");
    repo_put(shop, "tags/tags.jsonl", "{\"$ID\": \"red\"}\n");
    shop_grow(ITEMS);
    repo_put(shop, ".ingitdb/root-collections.yaml",
             "brands: brands\nproducts: products\nitems: items\ntags: tags\n");
    repo_commit(shop, "tags");
    return 0;
}

int main(void)
{
    database_need_engine();
    if (!database_engine()->put) {
        fprintf(stderr, "SKIPPED: %s is no key-value store\n", database_engine()->name);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stay, setup, cli_teardown),
        cmocka_unit_test_setup_teardown(a_key_alone_is_ours, setup, cli_teardown),
    };
    return cmocka_run_group_tests_name("law beside others", tests, NULL, NULL);
}
