/*
 * Numbers in environment variables.
 */
#include "tests/support/setting.h"

#include <stdlib.h>

uint64_t test_setting(const char *name, uint64_t usual)
{
    const char *text = getenv(name);
    return text && *text ? strtoull(text, NULL, 10) : usual;
}
