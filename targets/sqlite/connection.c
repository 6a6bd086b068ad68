/*
 * Opening and closing SQLite files.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/temp_file.h"
#include "targets/sqlite/sqlite.h"

#define CACHE_KIB 65536

extern const igd_target_driver igd_sqlite_driver;

static char *duplicate(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(igd_xmalloc(size), text, size);
}

/* ---- names ---- */

/* The path's directory, resolved, and its last part; the file need not exist. */
static int resolve_parent(const char *path, char out[PATH_MAX], igd_error *err)
{
    const char *slash = strrchr(path, '/');
    char directory[PATH_MAX], real[PATH_MAX];
    snprintf(directory, sizeof(directory), "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    if (!realpath(directory, real)) {
        igd_fail_errno(err, IGD_E_UNREACHABLE, "directory '%s' of the database", directory);
        return igd_hint(err, "create the directory first");
    }
    const char *name = slash ? slash + 1 : path;
    int len = snprintf(out, PATH_MAX, "%s/%s", strcmp(real, "/") ? real : "", name);
    return len < PATH_MAX ? IGD_OK : igd_fail(err, IGD_E_CONFIG, "the path is too long");
}

/*
 * One name for one file, however it is written: the lock lies beside it. A symbolic link to a file
 * that does not exist yet counts as that file, as it does when SQLite creates it.
 */
static int resolve(const char *given, char out[PATH_MAX], igd_error *err)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s", given);
    for (int hops = 0; hops < 40; hops++) {
        if (realpath(path, out))
            return IGD_OK;
        if (errno != ENOENT) {
            igd_fail_errno(err, IGD_E_UNREACHABLE, "database '%s'", given);
            return IGD_E_UNREACHABLE;
        }
        char link[PATH_MAX];
        ssize_t len = readlink(path, link, sizeof(link) - 1);
        if (len < 0)
            return resolve_parent(path, out, err);
        link[len] = '\0';
        char next[PATH_MAX];
        const char *slash = strrchr(path, '/');
        int total = link[0] == '/' || !slash
                        ? snprintf(next, sizeof(next), "%s", link)
                        : snprintf(next, sizeof(next), "%.*s/%s", (int)(slash - path), path, link);
        if (total >= PATH_MAX)
            break;
        memcpy(path, next, (size_t)total + 1);
    }
    return igd_fail(err, IGD_E_UNREACHABLE, "database '%s': too many symbolic links", given);
}

/* ---- the URL ---- */

static int check_url(const igd_url *url, igd_error *err)
{
    static const char *const params[] = {"timeout", NULL};
    if (url->hosts.len || url->user.len || url->has_password) {
        igd_fail(err, IGD_E_CONFIG, "a sqlite URL has no host");
        return igd_hint(err, "write sqlite:///absolute/file.db or sqlite:relative.db");
    }
    if (url->path.len == 0 || igd_str_ends(url->path, IGD_STR("/"))) {
        igd_fail(err, IGD_E_CONFIG, "the sqlite URL names no file");
        return igd_hint(err, "write sqlite:///absolute/file.db or sqlite:relative.db");
    }
    if (igd_str_is(url->path, ":memory:")) {
        igd_fail(err, IGD_E_CONFIG, "a database in memory would end with this program");
        return igd_hint(err, "name a file");
    }
    if (url->path.len >= PATH_MAX - 32)
        return igd_fail(err, IGD_E_CONFIG, "the path of the database is too long");
    return igd_url_check_params(url, params, err);
}

/* ---- opening the file ---- */

static int fail_open(const igd_sqlite *it, sqlite3 *db, int rc, igd_error *err)
{
    igd_fail(err, IGD_E_UNREACHABLE, "cannot open database '%s': %s", it->path,
             rc == SQLITE_NOTADB || !db ? sqlite3_errstr(rc) : sqlite3_errmsg(db));
    err->native = rc;
    switch (rc & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return igd_hint(err, "the file is not an SQLite database, is damaged, or is encrypted");
    case SQLITE_BUSY:
        return igd_hint(err, "another program keeps it locked; wait longer with ?timeout=SECONDS");
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
        return igd_hint(err, "check the permissions of the file and its directory (a database in "
                             "WAL mode needs a writable directory even to be read)");
    default:
        return IGD_E_UNREACHABLE;
    }
}

/* As SQLite's own, but a run that is told to stop does not go on waiting. */
static int busy(void *payload, int times)
{
    static const int naps_ms[] = {1, 2, 5, 10, 15, 20, 25};
    igd_sqlite *it = payload;
    if (times == 0)
        it->waited_ms = 0;
    if (it->waited_ms >= it->timeout_ms || (it->stop && *it->stop))
        return 0;
    int nap = naps_ms[times < (int)IGD_COUNT(naps_ms) ? times : (int)IGD_COUNT(naps_ms) - 1];
    if (nap > it->timeout_ms - it->waited_ms)
        nap = it->timeout_ms - it->waited_ms;
    usleep((useconds_t)nap * 1000);
    it->waited_ms += nap;
    return 1;
}

void igd_sqlite_wait_for_others(igd_sqlite *it, sqlite3 *db)
{
    sqlite3_busy_handler(db, busy, it);
}

static int set_up(igd_sqlite *it, sqlite3 *db)
{
    char sql[128];
    sqlite3_extended_result_codes(db, 1);
    igd_sqlite_wait_for_others(it, db);
    /* What other programs stored is data, not code: no functions with side effects out of it. */
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    snprintf(sql, sizeof(sql), "PRAGMA cache_size = -%d; PRAGMA foreign_keys = ON", CACHE_KIB);
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    /* Scans of a target that is to do without order come in another one, so that who relies on it
     * is found out. */
    if (rc == SQLITE_OK && !(it->sql.base.caps & IGD_CAP_ORDERED_SCAN))
        rc = sqlite3_exec(db, "PRAGMA reverse_unordered_selects = ON", NULL, NULL, NULL);
    /* The first access to the file. */
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    return rc;
}

static int open_file(igd_sqlite *it, int flags, igd_error *err)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(it->path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK)
        rc = set_up(it, db);
    if (rc == SQLITE_OK && !(flags & SQLITE_OPEN_READONLY) && sqlite3_db_readonly(db, "main") == 1)
        rc = SQLITE_READONLY;
    if (rc != SQLITE_OK) {
        if (rc == SQLITE_READONLY) {
            igd_fail(err, IGD_E_UNREACHABLE, "database '%s' is not writable", it->path);
            igd_hint(err, "check the permissions of the file and its directory");
        } else {
            fail_open(it, db, rc, err);
        }
        sqlite3_close(db);
        return IGD_E_UNREACHABLE;
    }
    it->db = db;
    return IGD_OK;
}

/* A program that died while it wrote left a journal. Whoever opens the file next has to roll it
 * back, as every program that reads SQLite files does, and needs to write for that. */
static int open_interrupted(igd_sqlite *it, igd_error *err)
{
    int rc = open_file(it, SQLITE_OPEN_READWRITE, err);
    if (rc)
        return igd_hint(err, "a program that wrote to it died: the next sync, or any program that "
                             "may write to it, cleans up");
    return igd_sqlite_exec(&it->sql, "PRAGMA query_only = ON", err);
}

/* Opens what is there; *missing tells that nothing is. */
static int open_existing(igd_sqlite *it, bool *missing, igd_error *err)
{
    struct stat info;
    *missing = false;
    if (stat(it->path, &info) != 0) {
        if (errno != ENOENT)
            return igd_fail_errno(err, IGD_E_UNREACHABLE, "database '%s'", it->path);
        *missing = true;
        return IGD_OK;
    }
    if (!S_ISREG(info.st_mode)) {
        igd_fail(err, IGD_E_UNREACHABLE, "'%s' is not a file", it->path);
        return igd_hint(err, "name the database's file, not its directory");
    }
    if (it->sql.mode != IGD_OPEN_READ)
        return open_file(it, SQLITE_OPEN_READWRITE, err);
    int rc = open_file(it, SQLITE_OPEN_READONLY, err);
    return rc && err->native == SQLITE_READONLY_ROLLBACK ? open_interrupted(it, err) : rc;
}

/* ---- the operations ---- */

static bool is_absent(const igd_sql_target *target)
{
    return !((const igd_sqlite *)target)->db;
}

static void remove_scratch(const igd_sqlite *it)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal", "-ingitdb-lock"};
    char path[PATH_MAX];
    for (size_t n = 0; n < IGD_COUNT(ends); n++) {
        snprintf(path, sizeof(path), "%s%s", it->path, ends[n]);
        unlink(path);
    }
}

static void sqlite_close_target(igd_sql_target *target)
{
    igd_sqlite *it = igd_sqlite_of(target);
    /* In WAL mode the last one to close folds the log into the file. */
    sqlite3_close(it->db);
    if (it->scratch)
        remove_scratch(it);
    free(it->lock.path);
    free(it->path);
    free(it->run_id);
    free(it);
}

static int sqlite_lock(igd_sql_target *target, int64_t wait_ms, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    int rc = igd_sqlite_lock_take(target, wait_ms, err);
    if (rc)
        return rc;
    struct stat info;
    it->fresh = stat(it->path, &info) != 0 || info.st_size == 0;
    if (!it->db)
        rc = open_file(it, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (rc)
        igd_sqlite_lock_release(it);
    return rc;
}

static void sqlite_unlock(igd_sql_target *target)
{
    igd_sqlite_lock_release(igd_sqlite_of(target));
}

static const igd_sql_ops sqlite_ops = {
    .close = sqlite_close_target,
    .lock = sqlite_lock,
    .unlock = sqlite_unlock,
    .holder = igd_sqlite_lock_holder,
    .break_lock = igd_sqlite_lock_break,
    .exec = igd_sqlite_exec,
    .query = igd_sqlite_query,
    .prepare = igd_sqlite_prepare,
    .run = igd_sqlite_run,
    .finalize = igd_sqlite_finalize,
    .begin = igd_sqlite_begin,
    .commit = igd_sqlite_commit,
    .rollback = igd_sqlite_rollback,
    .is_absent = is_absent,
    .exists = igd_sqlite_exists,
    .columns = igd_sqlite_columns,
    .read_table = igd_sqlite_read_table,
    .is_unique = igd_sqlite_is_unique,
    .alter = igd_sqlite_alter,
    .still_open = igd_sqlite_still_open,
    .remove = igd_sqlite_remove,
    .script = igd_sqlite_script,
};

static int connect_target(igd_sqlite *it, igd_error *err)
{
    bool missing;
    int rc = open_existing(it, &missing, err);
    if (rc)
        return rc;
    if (missing && it->sql.mode == IGD_OPEN_READ) {
        igd_fail(err, IGD_E_UNREACHABLE, "database '%s' does not exist", it->path);
        return igd_hint(err, "the first sync creates it; a relative path counts from the current "
                             "directory");
    }
    char directory[PATH_MAX];
    snprintf(directory, sizeof(directory), "%.*s", (int)(strrchr(it->path, '/') - it->path) + 1,
             it->path);
    if (missing && access(directory, W_OK | X_OK) != 0) {
        igd_fail_errno(err, IGD_E_UNREACHABLE, "database '%s' cannot be created", it->path);
        return igd_hint(err, "check who may write to the directory");
    }
    return IGD_OK;
}

/* Where the database would be made, something else is used that nobody sees. */
static int make_scratch(char path[PATH_MAX], bool *scratch, igd_error *err)
{
    snprintf(path, PATH_MAX, "%s/ingitdb-dry-run-XXXXXX", igd_temp_dir());
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return igd_temp_fail(err, "cannot create a temporary database");
    close(fd);
    *scratch = true;
    return IGD_OK;
}

static int use_scratch(char path[PATH_MAX], bool *scratch, igd_error *err)
{
    struct stat info;
    if (stat(path, &info) == 0 || errno != ENOENT)
        return IGD_OK;
    return make_scratch(path, scratch, err);
}

/* Copies what is at `path`, if anything, into the scratch file; of one moment. */
static int copy_database(igd_sqlite *it, const char *path, igd_error *err)
{
    sqlite3 *scratch = it->db;
    char *copy = it->path;
    bool missing;
    it->path = (char *)path;
    it->db = NULL;
    it->sql.mode = IGD_OPEN_READ;
    int rc = open_existing(it, &missing, err);
    if (!rc && !missing) {
        sqlite3_backup *backup = sqlite3_backup_init(scratch, "main", it->db, "main");
        int step = backup ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR;
        sqlite3_backup_finish(backup);
        if (step != SQLITE_DONE)
            rc = igd_sqlite_fail(step == SQLITE_ERROR ? scratch : it->db, err);
        if (rc)
            igd_error_prefix(err, "while copying the database for a rehearsal");
    }
    sqlite3_close(it->db);
    it->db = scratch;
    it->path = copy;
    it->sql.mode = IGD_OPEN_WRITE;
    return rc;
}

/* Nobody else sees it, and it is of no use after a crash. */
static int open_stand_in(igd_sqlite *it, const char *path, bool empty, igd_error *err)
{
    int rc = open_file(it, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (!rc && !empty)
        rc = copy_database(it, path, err);
    if (!rc)
        rc = igd_sqlite_exec(&it->sql, "PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF",
                             err);
    return rc;
}

static int sqlite_open(const igd_target_config *config, igd_target **out, igd_error *err)
{
    char path[PATH_MAX];
    int64_t timeout_ms;
    int rc = check_url(&config->url, err);
    if (!rc)
        rc = igd_url_timeout(&config->url, &timeout_ms, err);
    if (!rc) {
        char given[PATH_MAX];
        snprintf(given, sizeof(given), "%.*s", IGD_STR_ARG(config->url.path));
        rc = resolve(given, path, err);
    }
    bool scratch = false, rehearsal = config->rehearsal != IGD_REHEARSE_NOT;
    char real[PATH_MAX];
    if (!rc && rehearsal) {
        memcpy(real, path, sizeof(real));
        rc = make_scratch(path, &scratch, err);
    } else if (!rc && config->scratch) {
        rc = use_scratch(path, &scratch, err);
    }
    if (rc)
        return rc;

    igd_sqlite *it = igd_xmalloc(sizeof(*it));
    *it = (igd_sqlite){.timeout_ms = (int)timeout_ms,
                       .stop = config->stop,
                       .lock.fd = -1,
                       .schema_version = -1,
                       .scratch = scratch};
    it->path = duplicate(path);
    it->run_id = duplicate(config->run_id ? config->run_id : "");
    it->lock.path = igd_xmalloc(strlen(path) + 16);
    sprintf(it->lock.path, "%s-ingitdb-lock", path);
    it->sql.base.caps = IGD_CAP_TRANSACTIONS | IGD_CAP_DDL_IN_TX | IGD_CAP_SCHEMA |
                        IGD_CAP_ORDERED_SCAN | IGD_CAP_LOAD | IGD_CAP_SESSION_LOCK |
                        IGD_CAP_FOREIGN_KEYS | IGD_CAP_SCRIPT | IGD_CAP_OWNED_TABLES;
    it->sql.base.limits.value_bytes = 1000000000; /* SQLITE_MAX_LENGTH, as nearly all are built */
    it->sql.base.limits.batch_rows = config->batch_rows;
    it->sql.base.server_version = igd_str_from(sqlite3_libversion());
    it->sql.base.database = igd_str_from(it->path);
    it->rehearsal = rehearsal;
    igd_sql_init(&it->sql, &igd_sqlite_driver, &sqlite_ops, &igd_sqlite_dialect, config);
    if (rehearsal) {
        it->sql.base.database = igd_arena_str(it->sql.mem, igd_str_from(real));
        rc = open_stand_in(it, real, config->rehearsal == IGD_REHEARSE_EMPTY, err);
    } else {
        rc = connect_target(it, err);
    }
    if (rc) {
        igd_sql_close(&it->sql.base);
        return rc;
    }
    *out = &it->sql.base;
    return IGD_OK;
}

static const char *const sqlite_schemes[] = {"sqlite", NULL};

const igd_target_driver igd_sqlite_driver = {
    .name = "sqlite",
    .schemes = sqlite_schemes,
    .url_help = "sqlite:FILE.db",
    .open = sqlite_open,
    .script_syntax = IGD_SCRIPT_SQLITE,
    IGD_SQL_DRIVER,
};
