/*
 * The drivers that there are: the only file that names all of them.
 */
#include "base/buf.h"
#include "targets/stand_in/stand_in.h"

extern const igd_target_driver igd_sqlite_driver;

const igd_target_driver *const igd_target_drivers[] = {
    &igd_sqlite_driver,
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

int igd_target_open(const igd_target_config *config, igd_target **out, igd_error *err)
{
    const igd_target_driver *driver = find_driver(config->url.scheme);
    if (driver && driver->stand_in && config->rehearsal != IGD_REHEARSE_NOT)
        return igd_stand_in_open(driver, config, out, err);
    if (driver)
        return driver->open(config, out, err);

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
