/*
 * Completion: the scripts are run in the shells that they are for, and offer what the program's own
 * reference lists.
 */
#include <unistd.h>

#include "tests/cli/cli.h"

/* Asks the function that bash was told of for the last word of a line. */
static const char harness[] =
    "set -u\n"
    "source ./completion.bash\n"
    "spec=$(complete -p \"${1##*/}\") && spec=${spec#*-F } && function=${spec%% *}\n"
    "COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) COMPREPLY=()\n"
    "\"$function\" \"$1\" \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"\n"
    "[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\\n' \"${COMPREPLY[@]}\"\n";

/* What is offered for the last of the words, one a line. */
static const char *offered(const char *const *words)
{
    const char *argv[32] = {"/bin/bash", "--norc", "harness"};
    for (size_t n = 0; words[n]; n++)
        argv[3 + n] = words[n];
    process_result got = process_run(argv, &(process_options){.directory = cli_directory});
    need_status(&got, 0);
    if (*got.err)
        fail_msg("bash: %s", got.err);
    const char *text = cli_text("%s", got.out);
    process_result_free(&got);
    return text;
}

#define OFFERED(...)             offered(WORDS(__VA_ARGS__))
#define need_offered(lines, ...) assert_string_equal(OFFERED(__VA_ARGS__), lines)

static int setup(void **state)
{
    int failed = cli_setup(state);
    const process_result *got = CLI("completion", "bash");
    need_status(got, 0);
    write_file(cli_text("%s/completion.bash", cli_directory), got->out);
    write_file(cli_text("%s/harness", cli_directory), harness);
    return failed;
}

static void commands_where_they_stand(void **state)
{
    (void)state;
    need_offered("migrate\n", "ingitdb-go", "mi");
    need_offered("version\n", "ingitdb-go", "v");
    need_offered("verify\nvalidate\n", "ingitdb-go", "migrate", "v");
    need_offered("verify\nvalidate\nversion\n", "ingitdb-migrate", "v");
    need_offered("verify\nvalidate\n", "/usr/bin/ingitdb-migrate", "migrate", "v");
    need_offered("sync\nstatus\n", "ingitdb-go", "help", "s");
    need_offered("bash\nzsh\n", "ingitdb-go", "completion", "");
    need_offered("--output\n", "ingitdb-go", "completion", "--o");
    need_offered("", "ingitdb-go", "nonsense", "--s");
    need_offered("", "ingitdb-go", "sync", "x");
}

/* The section of a command in the reference. */
static const char *section_of(const char *page, const char *command)
{
    const char *at = strstr(page, cli_text("## %s\n", command)), *end;
    assert_non_null(at);
    end = strstr(at + 3, "\n## ");
    return cli_text("%.*s", (int)(end ? end - at : (long)strlen(at)), at);
}

static void need_option(const char *line, const char *options, const char *zsh)
{
    const char *name = cli_text("%.*s", (int)strspn(line, "-abcdefghijklmnopqrstuvwxyz"), line);
    if (!strstr(options, cli_text("\n%s\n", name)))
        fail_msg("bash is not offered %s", name);
    if (!strstr(zsh, cli_text("'%s[", name)) && !strstr(zsh, cli_text("%s=", name)) &&
        !strstr(zsh, cli_text(",%s}", name)))
        fail_msg("zsh is not offered %s", name);
}

/* Both ways: nothing of the reference is missing, and as many are offered as it lists. */
static void every_option_of_every_command(void **state)
{
    (void)state;
    const char *page = CLI("help", "--format", "markdown")->out;
    const char *zsh = CLI("completion", "zsh")->out;
    const char *names = OFFERED("ingitdb-migrate", "");
    while (*names) {
        const char *command = cli_text("%.*s", (int)strcspn(names, "\n"), names);
        names += strlen(command) + 1;
        const char *section = section_of(page, command);
        const char *options = cli_text("\n%s", OFFERED("ingitdb-migrate", command, "--"));
        const char *below = strstr(zsh, cli_text("\n    %s)\n", command));
        assert_non_null(below);
        below = cli_text("%.*s", (int)(strstr(below, ";;") - below), below);
        int listed = 0, lines = 0;
        for (const char *row = section; (row = strstr(row, "\n| `--")); row++) {
            const char *alias = strstr(row + 1, ", --");
            need_option(row + 4, options, below);
            listed += strncmp(row + 4, "--help", 6) != 0 && strstr(row, "[=") &&
                              strstr(row, "[=") < strchr(row + 1, '\n')
                          ? 2
                          : 1;
            if (alias && alias < strchr(row + 1, '\n')) {
                need_option(alias + 2, options, below);
                listed++;
            }
        }
        for (const char *at = options + 1; (at = strchr(at, '\n')); at++)
            lines++;
        assert_int_equal(listed, lines);
    }
}

static void words_and_lists(void **state)
{
    (void)state;
    need_offered("text\njson\n", "ingitdb-go", "migrate", "sync", "--format", "");
    need_offered("text\njson\nmarkdown\n", "ingitdb-go", "migrate", "analyze", "--format", "");
    need_offered("json\n", "ingitdb-migrate", "sync", "--quiet", "--format", "j");
    /* As bash cuts the line, and as it does where '=' is taken out of COMP_WORDBREAKS. */
    need_offered("json\n", "ingitdb-migrate", "sync", "--format", "=", "j");
    need_offered("text\njson\n", "ingitdb-migrate", "sync", "--format", "=");
    need_offered("--format=json\n", "ingitdb-migrate", "sync", "--format=j");
    need_offered("plan\nexecute\n", "ingitdb-migrate", "sync", "--dry-run", "=");
    need_offered("--dry-run\n--dry-run=\n", "ingitdb-migrate", "sync", "--dry");
    need_offered("error\n", "ingitdb-migrate", "status", "--log-level", "e");
    need_offered("drop_table\ndrop_column\n", "ingitdb-migrate", "sync", "--allow-destructive", "=",
                 "drop");
    need_offered("drop_table,narrow\n", "ingitdb-migrate", "sync", "--allow-destructive", "=",
                 "drop_table,n");
    /* An optional value is never a word of its own. */
    assert_non_null(
        strstr(OFFERED("ingitdb-migrate", "sync", "--allow-destructive", ""), "--source\n"));
    need_offered("", "ingitdb-migrate", "sync", "--jobs", "");
}

static void paths_and_targets(void **state)
{
    (void)state;
    write_file(cli_text("%s/report dir/a b.json", cli_directory), "");
    write_file(cli_text("%s/report.json", cli_directory), "");
    need_offered("report dir\n", "ingitdb-migrate", "sync", "--source", "rep");
    need_offered("report dir/a b.json\n", "ingitdb-migrate", "sync", "--output", "report\\ dir/");
    need_offered("report dir/a b.json\n", "ingitdb-migrate", "sync", "--config", "\"report dir/a");
    need_offered("report.json\n", "ingitdb-migrate", "sync", "--output", "=", "report.");
    need_offered("--output=report.json\n", "ingitdb-migrate", "sync", "--output=report.");
    need_offered("sqlite:\npostgres://\npostgresql://\nmysql://\nmariadb://\nredis://\nrediss://\n"
                 "redis+cluster://\nrediss+cluster://\netcd://\netcds://\nconsul://\nconsuls://\n",
                 "ingitdb-migrate", "sync", "--target", "");
    need_offered("postgres://\npostgresql://\n", "ingitdb-migrate", "sync", "--target", "po");
    need_offered("sqlite:\n", "ingitdb-migrate", "sync", "--database", "sq");
    need_offered("report.json\n", "ingitdb-migrate", "sync", "--target", "sqlite", ":", "report.");
    need_offered("sqlite:report.json\n", "ingitdb-migrate", "sync", "--target", "=",
                 "sqlite:report.");
    need_offered("--target=sqlite:report.json\n", "ingitdb-migrate", "sync",
                 "--target=sqlite:report.");
    need_offered("report.json\n", "ingitdb-migrate", "sync", "--target", "=", "sqlite", ":",
                 "report.");
    need_offered(cli_text("//%s/report.json\n", cli_directory), "ingitdb-migrate", "sync",
                 "--target", "sqlite", ":", cli_text("//%s/report.", cli_directory));
}

/* Nothing of a name is run. */
static void names_are_no_commands(void **state)
{
    (void)state;
    const char *name = "$(touch run)`touch run`*";
    write_file(cli_text("%s/%s", cli_directory, name), "");
    need_offered(cli_text("%s\n", name), "ingitdb-migrate", "sync", "--output", "$(to");
    (void)OFFERED("ingitdb-migrate", "$(touch run)", "--x", "$(touch run)");
    (void)OFFERED("ingitdb-migrate", "sync", "--format", "`touch run`");
    assert_int_not_equal(access(cli_text("%s/run", cli_directory), F_OK), 0);
}

static void other_shells_are_refused(void **state)
{
    (void)state;
    const process_result *got = CLI("completion", "fish");
    need_status(got, 2);
    need_err(got, "there is no completion for 'fish'");
    need_err(got, "hint: it is: ingitdb-go completion bash, or zsh");
    got = CLI("completion");
    need_status(got, 2);
    need_err(got, "no shell is named");
    got = CLI("completion", "bash", "zsh");
    need_status(got, 2);
    need_err(got, "'zsh' is one argument too many");
    assert_string_equal(got->out, "");
    const char *path = cli_text("%s/here", cli_directory);
    need_status(CLI("completion", "bash", "--output", path), 0);
    assert_string_equal(cli_read(path), CLI("completion", "bash")->out);
}

static void zsh_reads_its_script(void **state)
{
    (void)state;
    const char *path = cli_text("%s/_ingitdb-go", cli_directory);
    const process_result *got = CLI("completion", "zsh");
    need_status(got, 0);
    assert_int_equal(strncmp(got->out, "#compdef ingitdb-go ingitdb-migrate\n", 36), 0);
    write_file(path, got->out);
    if (access("/usr/bin/zsh", X_OK) != 0 && access("/bin/zsh", X_OK) != 0) {
        print_message("zsh is not installed: its script is not read\n");
        skip();
    }
    process_result read = process_run(WORDS("/bin/sh", "-c", "zsh -n \"$1\"", "sh", path), NULL);
    need_status(&read, 0);
    assert_string_equal(read.err, "");
    process_result_free(&read);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, cli_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(commands_where_they_stand), TEST(every_option_of_every_command),
        TEST(words_and_lists),           TEST(paths_and_targets),
        TEST(names_are_no_commands),     TEST(other_shells_are_refused),
        TEST(zsh_reads_its_script),
    };
    return cmocka_run_group_tests_name("completion", tests, NULL, NULL);
}
