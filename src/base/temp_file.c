/*
 * Made and unlinked at once.
 */
#include "base/temp_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"

const char *igd_temp_dir(void)
{
    const char *dir = getenv("TMPDIR");
    return dir && *dir ? dir : "/tmp";
}

int igd_temp_fail(igd_error *err, const char *what)
{
    (void)igd_fail_errno(err, IGD_E_IO, "%s in '%s'", what, igd_temp_dir());
    return igd_hint(err, "TMPDIR says which directory is used");
}

int igd_temp_file(int *fd, igd_error *err)
{
    IGD_CLEANUP(igd_buf)
    igd_buf path = IGD_BUF_INIT;
    igd_buf_printf(&path, "%s/ingitdb-XXXXXX", igd_temp_dir());
    int made = mkostemp(path.ptr, O_CLOEXEC);
    if (made < 0)
        return igd_temp_fail(err, "cannot create a temporary file");
    unlink(path.ptr);
    *fd = made;
    return IGD_OK;
}
