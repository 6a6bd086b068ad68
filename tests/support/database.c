/*
 * Databases of tests, in files or on a server (database.h).
 */
#include "tests/support/database.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/temp_dir.h"

static void fail(const char *what, const char *wrong)
{
    fprintf(stderr, "%s: %s\n", what, wrong);
    abort();
}

static const engine *used;

void database_use(const char *name)
{
    used = engine_named(name);
    if (!used)
        fail("no such engine", name);
}

const engine *database_engine(void)
{
    const char *name = getenv("IGD_LAW_TARGET");
    if (!used)
        database_use(name && *name ? name : "sqlite");
    return used;
}

bool database_is_file(void)
{
    return !database_engine()->run;
}

void database_need_engine(void)
{
    const engine *e = database_engine();
    char *url = database_is_file() ? strdup("") : engine_url(e, "none");
    if (!url) {
        fprintf(stderr, "SKIPPED: %s names no server\n", e->variable);
        exit(77);
    }
    /* A lock that is a lease outlives its holder a little. */
    if (e->dump)
        setenv("INGITDB_LOCK_TIMEOUT", "20s", 0);
    free(url);
}

unsigned database_rounds(unsigned usual)
{
    const char *full = getenv("IGD_LAW_FULL");
    return database_is_file() || (full && *full) ? usual : (usual + 15) / 16;
}

/* ---- on a server ---- */

/* Those that were made, by path. */
static struct {
    const engine *engine;
    char *path, *url;
} made[4096];
static size_t made_count;
static pid_t maker;

/* A process that was forked ends without this, and without a word. With $IGD_LAW_KEEP they stay, to
 * be looked at. */
static void drop_all(void)
{
    if (getenv("IGD_LAW_KEEP"))
        return;
    for (size_t n = 0; getpid() == maker && n < made_count; n++) {
        free(made[n].engine->drop(made[n].url));
        free(made[n].path);
        free(made[n].url);
    }
}

static size_t place_of(const char *path)
{
    size_t n = 0;
    while (n < made_count && strcmp(made[n].path, path) != 0)
        n++;
    return n;
}

/* Names the database of a path; the caller makes it. */
static const char *add(const char *path)
{
    static unsigned names;
    char name[64];
    if (made_count == sizeof(made) / sizeof(made[0]))
        fail(path, "too many databases");
    if (!maker) {
        maker = getpid();
        atexit(drop_all);
    }
    snprintf(name, sizeof(name), "igd_law_%ld_%u", (long)getpid(), names++);
    made[made_count].engine = database_engine();
    made[made_count].path = strdup(path);
    made[made_count].url = engine_url(database_engine(), name);
    if (!made[made_count].url)
        fail(database_engine()->variable, "names no server");
    return made[made_count++].url;
}

static void check(const char *what, char *wrong)
{
    if (wrong)
        fail(what, wrong);
}

static const char *server_url(const char *path)
{
    size_t n = place_of(path);
    if (n < made_count)
        return made[n].url;
    const char *url = add(path);
    check(url, database_engine()->create(url));
    return url;
}

/* ---- both ---- */

char *database_url(const char *path)
{
    char *url = NULL;
    if (!database_is_file())
        return strdup(server_url(path));
    if (asprintf(&url, "sqlite:%s%s", *path == '/' ? "//" : "", path) < 0)
        abort();
    return url;
}

bool database_exists(const char *path)
{
    return database_is_file() ? access(path, F_OK) == 0 : place_of(path) < made_count;
}

static void drop(size_t n)
{
    check(made[n].path, made[n].engine->drop(made[n].url));
    free(made[n].path);
    free(made[n].url);
    made[n] = made[--made_count];
}

void database_remove_below(const char *directory)
{
    size_t len = strlen(directory);
    for (size_t n = made_count; n-- > 0;)
        if (strncmp(made[n].path, directory, len) == 0 && made[n].path[len] == '/')
            drop(n);
}

void database_remove(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal", "-ingitdb-lock"};
    for (size_t n = 0; database_is_file() && n < sizeof(ends) / sizeof(ends[0]); n++) {
        char name[1024];
        snprintf(name, sizeof(name), "%s%s", path, ends[n]);
        remove_tree(name);
    }
    size_t n = place_of(path);
    if (n < made_count)
        drop(n);
}

void database_copy(const char *from, const char *to)
{
    database_remove(to);
    if (!database_is_file()) {
        const char *source = server_url(from);
        check(from, database_engine()->copy(source, add(to)));
        return;
    }
    char *sql = sqlite3_mprintf("VACUUM INTO %Q", to);
    check(from, database_try(from, sql, false));
    sqlite3_free(sql);
}

static char *try_file(const char *path, const char *sql, bool foreign_keys)
{
    sqlite3 *db = NULL;
    char *wrong = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
        fail(path, sqlite3_errmsg(db));
    sqlite3_busy_timeout(db, 10000);
    if (foreign_keys)
        sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        wrong = strdup(sqlite3_errmsg(db));
    sqlite3_close(db);
    return wrong;
}

char *database_try(const char *path, const char *text, bool foreign_keys)
{
    const engine *e = database_engine();
    const engine_word *const lists[] = {e->words, e->more};
    char *sql = engine_words(text, lists, 2);
    char *wrong = database_is_file() ? try_file(path, sql, foreign_keys)
                                     : e->run(server_url(path), sql, NULL);
    free(sql);
    return wrong;
}
