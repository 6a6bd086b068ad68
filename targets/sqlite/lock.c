/*
 * The writers' lock of a SQLite file: flock() on FILE-ingitdb-lock, which dies with its holder and
 * says who that is.
 *
 * The file is removed while the lock is held. Who waited for it then finds that the name belongs to
 * another file, or none, and starts over; so two can never hold locks on two files of one name.
 * Breaking the lock is removing the name: the old holder keeps a lock on a file that nobody can
 * find any more, and notices at its next begin.
 *
 * A hard link is another name with another lock file. So a database that has several names is also
 * locked itself, at an offset that SQLite does not use. Closing any descriptor of a file drops
 * SQLite's own locks on it (POSIX), so such a descriptor stays open until the program ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "targets/sqlite/sqlite.h"

#define POLL_MS  50
#define INFO_MAX 1024
/* SQLite's locks end at 1 GiB + 512. */
#define INODE_OFFSET ((off_t)1 << 61)

/* ---- the lock of a file with several names ---- */

typedef struct inode_lock {
    dev_t device;
    ino_t inode;
    int fd;
    bool taken;
    struct inode_lock *next;
} inode_lock;

static pthread_mutex_t inode_mutex = PTHREAD_MUTEX_INITIALIZER;
static inode_lock *inode_locks;

static inode_lock *inode_find(const char *path, const struct stat *info)
{
    for (inode_lock *it = inode_locks; it; it = it->next)
        if (it->device == info->st_dev && it->inode == info->st_ino)
            return it;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    inode_lock *it = igd_xmalloc(sizeof(*it));
    *it = (inode_lock){info->st_dev, info->st_ino, fd, false, inode_locks};
    inode_locks = it;
    return it;
}

static bool inode_set(int fd, short type)
{
    struct flock range = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = INODE_OFFSET, .l_len = 1};
    return fcntl(fd, F_OFD_SETLK, &range) == 0;
}

/* False when another run holds it. */
static bool inode_take(igd_sqlite *it)
{
    struct stat info;
    if (stat(it->path, &info) != 0 || info.st_nlink < 2)
        return true;
    pthread_mutex_lock(&inode_mutex);
    inode_lock *lock = inode_find(it->path, &info);
    bool ok = lock && !lock->taken && inode_set(lock->fd, F_WRLCK);
    if (ok) {
        lock->taken = true;
        it->lock.inode = lock;
    }
    pthread_mutex_unlock(&inode_mutex);
    if (ok)
        igd_log(IGD_LOG_WARNING,
                "database '%s' has %ju names (hard links); SQLite may lose data when it is written "
                "through several of them",
                it->path, (uintmax_t)info.st_nlink);
    return ok;
}

static void inode_release(igd_sqlite *it)
{
    inode_lock *lock = it->lock.inode;
    if (!lock)
        return;
    pthread_mutex_lock(&inode_mutex);
    inode_set(lock->fd, F_UNLCK);
    lock->taken = false;
    it->lock.inode = NULL;
    pthread_mutex_unlock(&inode_mutex);
}

/* ---- who holds it ---- */

/* "pid 12\nhost h\nrun r\nsince t\n" */
static void write_info(int fd, const char *run_id)
{
    char host[256] = "", since[32], text[INFO_MAX];
    gethostname(host, sizeof(host) - 1);
    time_t now = time(NULL);
    struct tm tm;
    strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &tm));
    int len = snprintf(text, sizeof(text), "pid %ld\nhost %s\nrun %.256s\nsince %s\n",
                       (long)getpid(), host, run_id, since);
    /* Only for people: without it the lock works all the same. */
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len)
        igd_log(IGD_LOG_DEBUG, "the lock file could not be written");
}

static void read_info(int fd, igd_arena *mem, igd_lock_holder *out)
{
    char text[INFO_MAX];
    ssize_t len = pread(fd, text, sizeof(text), 0);
    igd_str rest = {text, len > 0 ? (size_t)len : 0}, line;
    while (igd_str_split(&rest, '\n', &line)) {
        ptrdiff_t space = igd_str_find(line, ' ');
        if (space < 0)
            continue;
        igd_str name = igd_str_sub(line, 0, (size_t)space);
        igd_str value = igd_arena_str(mem, igd_str_sub(line, (size_t)space + 1, line.len));
        if (igd_str_is(name, "pid"))
            out->pid = strtoll(value.ptr, NULL, 10);
        else if (igd_str_is(name, "host"))
            out->host = value;
        else if (igd_str_is(name, "run"))
            out->run_id = value;
        else if (igd_str_is(name, "since"))
            out->since = value;
    }
}

int igd_sqlite_lock_holder(igd_sql_target *target, igd_arena *mem, igd_lock_holder *out,
                           igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    igd_lock_holder holder = {0};
    int fd = open(it->lock.path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno != ENOENT)
        return igd_fail_errno(err, IGD_E_UNREACHABLE, "lock file '%s'", it->lock.path);
    if (fd >= 0) {
        read_info(fd, mem, &holder);
        /* Shared: two who ask at the same time must not take each other for a holder. */
        holder.held = flock(fd, LOCK_SH | LOCK_NB) != 0;
        close(fd);
    }
    *out = holder;
    return IGD_OK;
}

static int fail_locked(igd_sql_target *target, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    IGD_CLEANUP_PTR(igd_arena) igd_arena *mem = igd_arena_new();
    igd_lock_holder holder = {0};
    igd_error ignored;
    if (igd_sqlite_lock_holder(target, mem, &holder, &ignored) || !holder.held || holder.pid == 0)
        igd_fail(err, IGD_E_LOCKED, "another run holds the lock of '%s'", it->path);
    else
        igd_fail(err, IGD_E_LOCKED,
                 "another run holds the lock of '%s': process %" PRId64 " on %.*s since %.*s, run "
                 "%.*s",
                 it->path, holder.pid, IGD_STR_ARG(holder.host), IGD_STR_ARG(holder.since),
                 IGD_STR_ARG(holder.run_id));
    return igd_hint(err, "wait for it (--lock-timeout), or see 'migrate unlock'");
}

/* ---- taking and leaving it ---- */

static bool is_named(int fd, const char *path)
{
    struct stat by_fd, by_name;
    return fstat(fd, &by_fd) == 0 && stat(path, &by_name) == 0 && by_fd.st_dev == by_name.st_dev &&
           by_fd.st_ino == by_name.st_ino;
}

/* One attempt; *fd stays -1 when somebody else has it. */
static int try_lock(const char *path, int *out, igd_error *err)
{
    for (;;) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd < 0) {
            igd_fail_errno(err, IGD_E_UNREACHABLE, "lock file '%s'", path);
            return igd_hint(err, "check who may write to the database's directory");
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            bool busy = errno == EWOULDBLOCK || errno == EINTR;
            if (!busy)
                igd_fail_errno(err, IGD_E_UNREACHABLE, "lock file '%s'", path);
            close(fd);
            return busy ? IGD_OK : IGD_E_UNREACHABLE;
        }
        if (is_named(fd, path)) {
            *out = fd;
            return IGD_OK;
        }
        /* Its last holder removed it between our open and our lock. */
        close(fd);
    }
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int igd_sqlite_lock_take(igd_sql_target *target, int64_t wait_ms, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    int64_t start = now_ms();
    for (;;) {
        int fd = -1;
        int rc = try_lock(it->lock.path, &fd, err);
        if (rc)
            return rc;
        if (fd >= 0) {
            it->lock.fd = fd;
            if (inode_take(it)) {
                write_info(fd, it->run_id);
                return IGD_OK;
            }
            igd_sqlite_lock_release(it);
        }
        int64_t left = wait_ms - (now_ms() - start);
        if (left <= 0)
            return fail_locked(target, err);
        usleep((useconds_t)(left < POLL_MS ? left : POLL_MS) * 1000);
    }
}

void igd_sqlite_lock_release(igd_sqlite *it)
{
    inode_release(it);
    if (it->lock.fd < 0)
        return;
    /* After a break the name is somebody else's. */
    if (is_named(it->lock.fd, it->lock.path))
        unlink(it->lock.path);
    close(it->lock.fd);
    it->lock.fd = -1;
}

bool igd_sqlite_lock_is_ours(const igd_sqlite *it)
{
    return it->lock.fd >= 0 && is_named(it->lock.fd, it->lock.path);
}

int igd_sqlite_lock_break(igd_sql_target *target, igd_error *err)
{
    igd_sqlite *it = igd_sqlite_of(target);
    if (unlink(it->lock.path) != 0 && errno != ENOENT)
        return igd_fail_errno(err, IGD_E_UNREACHABLE, "lock file '%s'", it->lock.path);
    return IGD_OK;
}
