/*
 * Temporary files: nothing of them is seen, and a directory that cannot be used is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/temp_file.h"
#include "cmocka.h"
#include "tests/support/temp_dir.h"

static void leaves_nothing(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    char *dir = temp_dir_new(), got[3];
    int fd = -1;
    setenv("TMPDIR", dir, 1);
    assert_string_equal(igd_temp_dir(), dir);
    assert_int_equal(igd_temp_file(&fd, &err), IGD_OK);
    assert_int_equal(rmdir(dir), 0); /* it is empty */
    assert_int_equal(write(fd, "abc", 3), 3);
    assert_int_equal(pread(fd, got, 3, 0), 3);
    assert_memory_equal(got, "abc", 3);
    close(fd);
    unsetenv("TMPDIR");
    assert_string_equal(igd_temp_dir(), "/tmp");
    temp_dir_free(dir);
}

static void names_the_directory(void **state)
{
    (void)state;
    igd_error err = IGD_ERROR_INIT;
    int fd = -1;
    setenv("TMPDIR", "/nowhere", 1);
    assert_int_equal(igd_temp_file(&fd, &err), IGD_E_IO);
    assert_int_equal(fd, -1);
    assert_non_null(strstr(err.message, "/nowhere"));
    assert_string_equal(err.hint, "TMPDIR says which directory is used");
    unsetenv("TMPDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_nothing),
        cmocka_unit_test(names_the_directory),
    };
    return cmocka_run_group_tests_name("temporary files", tests, NULL, NULL);
}
