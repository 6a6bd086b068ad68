/*
 * The definitions of a public database at all of its commits, compared with what an independent
 * reader saw there. Skipped when the data is not beside the repository.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"
#include "tests/unit/ingitdb/loaded.h"

#define DATA     "../shared/data/"
#define BUNDLE   DATA "demo-commerce.bundle"
#define EXPECTED DATA "demo-commerce.expected/"

static char *clone;

/* The lines of a shell command's output. */
static igd_str_list lines_of(igd_arena *mem, const char *command)
{
    igd_str_list lines = {0};
    char *line = NULL;
    size_t size = 0;
    FILE *output = popen(command, "r");
    if (!output)
        fail_msg("cannot run: %s", command);
    for (ssize_t len; (len = getline(&line, &size, output)) >= 0;) {
        igd_str text = {line, (size_t)len};
        IGD_PUSH(mem, &lines, igd_arena_str(mem, igd_str_trim(text)));
    }
    free(line);
    if (pclose(output) != 0 || lines.len == 0)
        fail_msg("failed: %s", command);
    return lines;
}

static int setup(void **state)
{
    char command[1024];
    clone = temp_dir_new();
    snprintf(command, sizeof(command), "git clone --quiet --bare " BUNDLE " '%s/db.git'", clone);
    return system(command) ? -1 : loaded_setup(state);
}

static int teardown(void **state)
{
    temp_dir_free(clone);
    return loaded_teardown(state);
}

static void put_limit(igd_buf *out, const char *name, igd_limit limit)
{
    if (limit.set)
        igd_buf_printf(out, "\"%s\":%lld,", name, (long long)limit.value);
}

/* How the expected lines begin. */
static igd_str describe(const igd_definition *definition, igd_arena *mem)
{
    IGD_CLEANUP(igd_buf)
    igd_buf out = IGD_BUF_INIT;
    igd_buf_printf(&out, "{\"collection\":\"%.*s\",\"columns\":[",
                   IGD_STR_ARG(definition->model.id));
    for (size_t n = 0; n < definition->model.field_count; n++) {
        const igd_field *field = &definition->model.fields[n];
        igd_buf_puts(&out, n ? ",{" : "{");
        if (field->foreign_key.len)
            igd_buf_printf(&out, "\"foreign_key\":\"%.*s\",", IGD_STR_ARG(field->foreign_key));
        put_limit(&out, "max_length", field->max_length);
        put_limit(&out, "min_length", field->min_length);
        igd_buf_printf(&out, "\"name\":\"%.*s\",\"required\":%s,\"type\":\"%s\"}",
                       IGD_STR_ARG(field->name), field->required ? "true" : "false",
                       igd_type_name(field->type));
    }
    igd_buf_puts(&out, "],");
    return igd_arena_str(mem, igd_buf_view(&out));
}

static bool holds(igd_str line, igd_str part)
{
    return memmem(line.ptr, line.len, part.ptr, part.len);
}

static void compare(const igd_definition *definition, igd_str line, igd_arena *mem)
{
    igd_str ours = describe(definition, mem);
    if (!igd_str_starts(line, ours))
        fail_msg("ours:     %.*s\nexpected: %.*s", IGD_STR_ARG(ours), IGD_STR_ARG(line));
    igd_str file = igd_arena_printf(mem, "\"file\":\"%.*s\"", IGD_STR_ARG(definition->file_name));
    igd_str format = igd_arena_printf(mem, "\"format\":\"%s\"", definition->format->name);
    igd_str dir = igd_arena_printf(mem, "\"dir\":\"%.*s\"", IGD_STR_ARG(definition->data_dir));
    assert_true(holds(line, file));
    assert_true(holds(line, format));
    assert_true(definition->parent || holds(line, dir));
}

static void reads_every_commit(void **state)
{
    loaded *l = *state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str path = igd_arena_printf(mem, "%s/db.git", clone);
    igd_str_list commits = lines_of(
        mem, igd_arena_printf(mem, "git --git-dir='%s' rev-list --reverse HEAD", path.ptr).ptr);
    assert_int_equal(commits.len, 12);
    for (size_t n = 0; n < commits.len; n++) {
        open_at(l, path.ptr, commits.items[n].ptr);
        if (igd_database_load(l->repo, &l->commit, l->mem, &l->problems, &l->database, &l->err))
            fail_msg("%s", l->err.message);
        need_none(&l->problems);
        assert_int_equal(l->database->count, 15);
        igd_str command = igd_arena_printf(
            mem, "gzip -dc " EXPECTED "%02zu-*[0-9a-f].jsonl.gz | grep '\"columns\":'", n + 1);
        igd_str_list lines = lines_of(mem, command.ptr);
        assert_int_equal(lines.len, 15);
        for (size_t at = 0; at < lines.len; at++) {
            ptrdiff_t end = igd_str_find(igd_str_sub(lines.items[at], 15, 1000), '"');
            igd_str id = igd_str_sub(lines.items[at], 15, (size_t)end);
            compare(need(l, igd_arena_cstr(mem, id)), lines.items[at], mem);
        }
    }
}

/* D25: the commit that moves every collection changes no definition. */
static void moving_changes_nothing(void **state)
{
    loaded *l = *state;
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_str path = igd_arena_printf(mem, "%s/db.git", clone);
    igd_digest before[15];
    const char *revs[] = {"3f18b72^", "3f18b72"};
    for (size_t rev = 0; rev < 2; rev++) {
        open_at(l, path.ptr, revs[rev]);
        if (igd_database_load(l->repo, &l->commit, l->mem, &l->problems, &l->database, &l->err))
            fail_msg("%s", l->err.message);
        assert_int_equal(l->database->count, 15);
        for (size_t n = 0; n < 15; n++) {
            igd_digest digest = l->database->collections[n]->model.fingerprint;
            assert_true(rev == 0 || igd_digest_eq(before[n], digest));
            before[n] = digest;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_every_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(moving_changes_nothing, setup, teardown),
    };
    if (access(BUNDLE, R_OK) != 0) {
        fprintf(stderr, "SKIPPED: there is no " BUNDLE "\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
