/*
 * The drivers that there are: the only file that names all of them.
 */
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "targets/stand_in/stand_in.h"

#define FIRST_PAUSE_MS   100
#define LONGEST_PAUSE_MS 1600

extern const igd_target_driver igd_sqlite_driver;
extern const igd_target_driver igd_postgres_driver;
extern const igd_target_driver igd_mysql_driver;
extern const igd_target_driver igd_redis_driver;
extern const igd_target_driver igd_etcd_driver;
extern const igd_target_driver igd_consul_driver;

const igd_target_driver *const igd_target_drivers[] = {
    &igd_sqlite_driver,
    &igd_postgres_driver,
    &igd_mysql_driver,
    &igd_redis_driver,
    &igd_etcd_driver,
    &igd_consul_driver,
    NULL,
};

static const igd_target_driver *find_driver(igd_str scheme)
{
    for (const igd_target_driver *const *driver = igd_target_drivers; *driver; driver++)
        for (const char *const *name = (*driver)->schemes; *name; name++)
            if (igd_str_is(scheme, *name))
                return *driver;
    return NULL;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A server that is not there yet may come: it is waited for, as long as ?timeout says. */
static int open_waiting(const igd_target_driver *driver, const igd_target_config *config,
                        igd_target **out, igd_error *err)
{
    int64_t left_ms = 0;
    int rc = igd_url_timeout(&config->url, &left_ms, err);
    if (rc)
        return rc;
    for (int64_t pause_ms = FIRST_PAUSE_MS;; pause_ms *= pause_ms < LONGEST_PAUSE_MS ? 2 : 1) {
        int64_t began = now_ms();
        rc = driver->open(config, out, err);
        left_ms -= now_ms() - began;
        if (rc != IGD_E_UNREACHABLE || !err->transient || left_ms <= 0 ||
            (config->stop && *config->stop))
            return rc;
        if (pause_ms == FIRST_PAUSE_MS)
            igd_log(IGD_LOG_WARNING, "%s: trying again", err->message);
        /* The last try is at the end of the time. */
        int64_t pause = pause_ms < left_ms ? pause_ms : left_ms;
        usleep((useconds_t)pause * 1000);
        left_ms -= pause;
    }
}

int igd_target_open(const igd_target_config *config, igd_target **out, igd_error *err)
{
    const igd_target_driver *driver = find_driver(config->url.scheme);
    if (driver && driver->stand_in && config->rehearsal != IGD_REHEARSE_NOT)
        return igd_stand_in_open(driver, config, out, err);
    if (driver && driver->rehearse && config->rehearsal != IGD_REHEARSE_NOT)
        return driver->rehearse(config, out, err);
    if (driver)
        return open_waiting(driver, config, out, err);

    IGD_CLEANUP(igd_buf)
    igd_buf list = IGD_BUF_INIT;
    for (size_t n = 0; igd_target_drivers[n]; n++)
        igd_buf_printf(&list, "%s%s", n ? ", " : "", igd_target_drivers[n]->url_help);
    igd_fail(err, IGD_E_CONFIG, "this program has no targets of scheme '%.*s'",
             IGD_STR_ARG(config->url.scheme));
    return igd_hint(err, "targets: %s", list.ptr);
}

void igd_target_close(igd_target *target)
{
    if (target)
        target->driver->close(target);
}
